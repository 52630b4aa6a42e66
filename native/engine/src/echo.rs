//! What the echoes of one path say: round trip, loss, and whether anything sent on it still arrives. Without I/O or clock.
//!
//! An echo is unanswered from the moment it was sent until its reply - or until a QUIC acknowledgement proves that something
//! sent later arrived, which is as good. The path is silent when three echoes are unanswered and the first of them for longer
//! than max(100 ms, 3 × probe timeout), which for round trips below 150 ms is never more than half a second.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

const HISTORY: u32 = 32;
/// So many lost echoes are no sign of anything.
const LOST_BY_CHANCE: u32 = 1;
/// A reply later than this counts as lost.
const REPLY_LIFETIME: Duration = Duration::from_secs(3);
const UNANSWERED_TO_BE_SILENT: usize = 3;
const SILENCE_MIN: Duration = Duration::from_millis(100);
const SILENCE_MAX_NEAR: Duration = Duration::from_millis(500);
/// Round trips from here on may take longer to be given up.
const FAR: Duration = Duration::from_millis(150);
/// What a round trip may grow by at once on a busy machine: leaving a path that only waits for a processor costs more than it brings.
const GRANULARITY: Duration = Duration::from_millis(50);
/// Assumed before the first reply.
const UNKNOWN_PTO: Duration = Duration::from_millis(150);

#[derive(Debug)]
struct Outstanding {
    counter: u64,
    sent: Instant,
}

#[derive(Debug, Default)]
pub struct Echoes {
    /// In order of sending.
    outstanding: VecDeque<Outstanding>,
    smoothed: Option<Duration>,
    variation: Duration,
    /// Bit n: the n-th last finished echo was answered.
    answered: u32,
    finished: u32,
    last_sent: Option<Instant>,
    /// Send time of the newest thing known to have arrived.
    confirmed: Option<Instant>,
    last_reply: Option<Instant>,
}

impl Echoes {
    pub fn on_sent(&mut self, counter: u64, now: Instant) {
        self.expire(now);
        if self.outstanding.len() == HISTORY as usize {
            self.outstanding.pop_front();
            self.finish(false);
        }
        self.outstanding
            .push_back(Outstanding { counter, sent: now });
        self.last_sent = Some(now);
    }

    /// The round trip, if this answers an echo of this path.
    pub fn on_reply(&mut self, counter: u64, now: Instant) -> Option<Duration> {
        self.expire(now);
        let position = self
            .outstanding
            .iter()
            .position(|echo| echo.counter == counter)?;
        let sent = self.outstanding.remove(position)?.sent;
        let rtt = now.saturating_duration_since(sent);
        self.finish(true);
        self.on_confirmed(sent);
        self.last_reply = Some(now);
        // RFC 9002 §5.3
        match self.smoothed {
            None => {
                self.smoothed = Some(rtt);
                self.variation = rtt / 2;
            }
            Some(smoothed) => {
                self.variation = (self.variation * 3 + smoothed.abs_diff(rtt)) / 4;
                self.smoothed = Some((smoothed * 7 + rtt) / 8);
            }
        }
        Some(rtt)
    }

    /// Something sent on this path at `sent` arrived.
    pub fn on_confirmed(&mut self, sent: Instant) {
        self.confirmed = self.confirmed.max(Some(sent));
    }

    fn expire(&mut self, now: Instant) {
        while self
            .outstanding
            .front()
            .is_some_and(|echo| echo.sent + REPLY_LIFETIME <= now)
        {
            self.outstanding.pop_front();
            self.finish(false);
        }
    }

    fn finish(&mut self, answered: bool) {
        self.answered = (self.answered << 1) | u32::from(answered);
        self.finished = (self.finished + 1).min(HISTORY);
    }

    fn unanswered(&self) -> impl Iterator<Item = &Outstanding> {
        let confirmed = self.confirmed;
        self.outstanding
            .iter()
            .filter(move |echo| confirmed.is_none_or(|confirmed| echo.sent > confirmed))
    }

    /// When the first unanswered echo is overdue, so that the next should not wait.
    pub fn suspicious_at(&self) -> Option<Instant> {
        self.unanswered()
            .next()
            .map(|echo| echo.sent + self.probe_timeout())
    }

    pub fn silent(&self, now: Instant) -> bool {
        self.silent_at().is_some_and(|at| at <= now)
    }

    /// When [`Self::silent`] becomes true if nothing arrives.
    pub fn silent_at(&self) -> Option<Instant> {
        let first = self.unanswered().next()?.sent;
        (self.unanswered().count() >= UNANSWERED_TO_BE_SILENT)
            .then(|| first + self.silence_allowed())
    }

    fn silence_allowed(&self) -> Duration {
        let allowed = (self.probe_timeout() * 3).max(SILENCE_MIN);
        match self.smoothed {
            Some(smoothed) if smoothed >= FAR => allowed,
            _ => allowed.min(SILENCE_MAX_NEAR),
        }
    }

    /// RFC 9002 §6.2.1
    pub fn probe_timeout(&self) -> Duration {
        match self.smoothed {
            Some(smoothed) => smoothed + (self.variation * 4).max(GRANULARITY),
            None => UNKNOWN_PTO,
        }
    }

    /// Forgets what is on its way, so that a path that rested is not judged by it.
    pub fn forget_outstanding(&mut self) {
        self.outstanding.clear();
    }

    /// The next is due at once.
    pub fn hurry(&mut self) {
        self.last_sent = None;
    }

    pub fn last_sent(&self) -> Option<Instant> {
        self.last_sent
    }

    pub fn last_reply(&self) -> Option<Instant> {
        self.last_reply
    }

    pub fn rtt(&self) -> Option<Duration> {
        self.smoothed
    }

    /// Share lost of the last 32 finished echoes. One that is lost may be chance, and of the few that a path has when it is new, or at
    /// rest, it would be a large share: it does not count.
    pub fn loss(&self) -> f64 {
        if self.finished == 0 {
            return 0.0;
        }
        let mask = u32::MAX >> (HISTORY - self.finished);
        let lost = self.finished - (self.answered & mask).count_ones();
        if lost <= LOST_BY_CHANCE {
            return 0.0;
        }
        f64::from(lost) / f64::from(self.finished)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn measures_round_trip_and_loss() {
        let start = Instant::now();
        let mut echoes = Echoes::default();
        for i in 0..32 {
            let sent = start + ms(100 * i);
            echoes.on_sent(i, sent);
            if i % 4 != 0 {
                assert_eq!(echoes.on_reply(i, sent + ms(20)), Some(ms(20)));
            }
        }
        assert_eq!(echoes.rtt(), Some(ms(20)));
        echoes.on_sent(99, start + ms(10_000));
        assert!((echoes.loss() - 0.25).abs() < 0.01, "{}", echoes.loss());
    }

    #[test]
    fn one_lost_echo_is_no_loss_however_few_there_were() {
        let start = Instant::now();
        let mut echoes = Echoes::default();
        let after_the_first_was_lost = start + REPLY_LIFETIME;
        echoes.on_sent(0, start);
        for i in 1..4 {
            let sent = after_the_first_was_lost + ms(100 * i);
            echoes.on_sent(i, sent);
            echoes.on_reply(i, sent + ms(20));
        }
        assert!(echoes.loss() < f64::EPSILON, "{}", echoes.loss());
        let second = after_the_first_was_lost + ms(1000);
        echoes.on_sent(4, second);
        echoes.on_sent(5, second + REPLY_LIFETIME);
        assert!((echoes.loss() - 0.4).abs() < 0.01, "{}", echoes.loss());
    }

    #[test]
    fn a_reply_counts_once_and_not_for_ever() {
        let start = Instant::now();
        let mut echoes = Echoes::default();
        echoes.on_sent(1, start);
        assert!(echoes.on_reply(2, start).is_none());
        assert!(echoes.on_reply(1, start + ms(5)).is_some());
        assert!(echoes.on_reply(1, start + ms(6)).is_none());
        echoes.on_sent(3, start);
        assert!(echoes.on_reply(3, start + REPLY_LIFETIME).is_none());
    }

    #[test]
    fn silence_needs_three_echoes_and_time() {
        let start = Instant::now();
        let mut echoes = Echoes::default();
        echoes.on_sent(0, start);
        echoes.on_reply(0, start + ms(1));
        for i in 1..=2 {
            echoes.on_sent(i, start + ms(20 * i));
        }
        assert!(!echoes.silent(start + ms(1000)), "two are not enough");
        echoes.on_sent(3, start + ms(60));
        assert!(!echoes.silent(start + ms(20 + 152)));
        assert!(echoes.silent(start + ms(20 + 153)));
    }

    #[test]
    fn near_paths_are_given_up_within_half_a_second() {
        let start = Instant::now();
        let mut echoes = Echoes::default();
        echoes.on_sent(0, start);
        echoes.on_reply(0, start + ms(149));
        for i in 1..=3 {
            echoes.on_sent(i, start + ms(200));
        }
        assert_eq!(echoes.silent_at(), Some(start + ms(700)));
    }

    #[test]
    fn acknowledgements_confirm_as_well() {
        let start = Instant::now();
        let mut echoes = Echoes::default();
        for i in 0..3 {
            echoes.on_sent(i, start + ms(100 * i));
        }
        assert!(echoes.silent(start + ms(600)));
        echoes.on_confirmed(start + ms(150));
        assert!(!echoes.silent(start + ms(600)));
    }
}
