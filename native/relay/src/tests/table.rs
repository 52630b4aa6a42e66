use super::*;

fn client(number: u8) -> Client {
    Client {
        session: u32::from(number) + 1,
        source: (0, SocketAddr::from(([192, 0, 2, number], 4000))),
        relay_id: [number; 8],
        mesh_id: [0; 16],
        not_after: u64::MAX,
        last_seen: 0,
        bucket: TokenBucket::default(),
    }
}

#[test]
fn finds_by_source_and_by_name() {
    let mut table = ClientTable::new(10);
    assert!(table.admit(client(1)));
    let index = table.at_source(&client(1).source, 0).unwrap();
    assert_eq!(table.named(&[1; 8], 0), Some(index));
    assert_eq!(table.get(index).unwrap().session, 2);
    assert_eq!(
        table.at_source(&(1, client(1).source.1), 0),
        None,
        "same address at another socket"
    );
    assert_eq!(table.named(&[2; 8], 0), None);
}

#[test]
fn newer_replaces_older_of_the_same_name() {
    let mut table = ClientTable::new(10);
    table.admit(client(1));
    let moved = Client {
        relay_id: [1; 8],
        ..client(2)
    };
    assert!(table.admit(moved.clone()));
    assert_eq!(table.len(), 1);
    assert_eq!(table.at_source(&client(1).source, 0), None);
    let index = table.named(&[1; 8], 0).unwrap();
    assert_eq!(table.get(index).unwrap().source, moved.source);
}

#[test]
fn newer_replaces_older_at_the_same_address() {
    let mut table = ClientTable::new(10);
    table.admit(client(1));
    table.admit(client(3));
    // Takes the name of one and the address of the other: both end.
    assert!(table.admit(Client {
        relay_id: [3; 8],
        ..client(1)
    }));
    assert_eq!(table.len(), 1);
    assert_eq!(table.named(&[1; 8], 0), None);
    assert_eq!(table.at_source(&client(3).source, 0), None);
    assert_eq!(
        table.at_source(&client(1).source, 0),
        table.named(&[3; 8], 0)
    );
}

#[test]
fn silence_ends_a_client_after_60_s() {
    let mut table = ClientTable::new(10);
    table.admit(Client {
        last_seen: 5,
        ..client(1)
    });
    assert!(table.named(&[1; 8], 5 + IDLE_TIMEOUT_MS - 1).is_some());
    assert!(table.named(&[1; 8], 5 + IDLE_TIMEOUT_MS).is_none());
    assert!(
        table
            .at_source(&client(1).source, 5 + IDLE_TIMEOUT_MS)
            .is_none()
    );
    table.sweep(5 + IDLE_TIMEOUT_MS - 1);
    assert_eq!(table.len(), 1);
    table.sweep(5 + IDLE_TIMEOUT_MS);
    assert_eq!(table.len(), 0);
}

#[test]
fn the_ticket_ends_a_client() {
    let mut table = ClientTable::new(10);
    table.admit(Client {
        not_after: 100,
        ..client(1)
    });
    assert!(table.named(&[1; 8], 99).is_some());
    assert!(table.named(&[1; 8], 100).is_none());
}

#[test]
fn is_bounded_but_lets_the_known_move() {
    let mut table = ClientTable::new(2);
    assert!(table.admit(client(1)));
    assert!(table.admit(client(2)));
    assert!(!table.admit(client(3)));
    assert!(table.named(&[3; 8], 0).is_none());
    assert!(table.admit(Client {
        relay_id: [2; 8],
        ..client(4)
    }));
    table.revoke(&[1; 8]);
    assert!(table.admit(client(3)));
    assert_eq!((table.len(), table.slots.len()), (2, 2));
}

#[test]
fn revoking_ends_at_once_and_strangers_change_nothing() {
    let mut table = ClientTable::new(2);
    table.admit(client(1));
    table.revoke(&[9; 8]);
    assert_eq!(table.len(), 1);
    table.revoke(&[1; 8]);
    assert!(table.at_source(&client(1).source, 0).is_none());
    table.revoke(&[1; 8]);
    assert_eq!((table.len(), table.free.len()), (0, 1));
}
