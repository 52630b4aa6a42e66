use super::*;
use crate::server::Rates;
use crate::sessions::SessionNumbers;

fn worker() -> Worker {
    let poller = Poller::new().unwrap();
    let mailbox = Arc::new(Mailbox::new(poller.waker()));
    let counters = Arc::new(Counters::default());
    let rates = Rates {
        client: 0,
        total: 0,
    };
    Worker::new(
        Vec::new(),
        poller,
        Service::new(Vec::new(), rates, counters.clone(), 0, &mut || [3; 32]),
        mailbox,
        Arc::new(StreamQueues::default()),
        counters,
        Clock::start(),
    )
    .unwrap()
}

/// What would open the filter again is a wake-up, and hardly anything that would wake the thread gets through.
#[test]
fn sleeps_for_good_without_clients_but_not_behind_a_narrow_gate() {
    let mut worker = worker();
    let mut filter = SocketFilter::new(SessionNumbers::new().check(), 0);
    assert_eq!(worker.timeout(), None);
    assert!(filter.observe(100_000, 1000));
    worker.set_filter(filter);
    assert!(worker.timeout().is_some());
}
