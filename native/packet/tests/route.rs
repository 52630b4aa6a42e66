//! The route table against a naive model.

use meshd_packet::{Prefix, RouteTable};
use proptest::prelude::*;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

#[test]
fn prefixes_are_read_strictly() {
    for good in [
        "100.64.0.0/10",
        "0.0.0.0/0",
        "::/0",
        "fd00::/48",
        "10.0.0.1/32",
        "fd00::1/128",
    ] {
        assert_eq!(prefix(good).to_string(), good);
    }
    assert_eq!(prefix("10.0.0.1").length(), 32);
    assert_eq!(prefix("fd00::1").length(), 128);
    for bad in [
        "",
        "10.0.0.1/24",
        "10.0.0.0/33",
        "::/129",
        "10.0.0.0/",
        "10.0.0.0/+8",
        "10.0.0.0/08",
        "/8",
        "10.0.0/8",
        "fd00::1/64",
        "10.0.0.0/8/8",
    ] {
        assert!(bad.parse::<Prefix>().is_err(), "{bad}");
    }
    assert!(prefix("0.0.0.0/0").contains(Ipv4Addr::BROADCAST.into()));
    assert!(!prefix("0.0.0.0/0").contains(Ipv6Addr::LOCALHOST.into()));
    assert!(!prefix("::/0").contains(Ipv4Addr::LOCALHOST.into()));
}

#[test]
fn the_longest_prefix_wins() {
    let mut table = RouteTable::new();
    assert!(table.is_empty());
    for (text, value) in [
        ("0.0.0.0/0", 0),
        ("100.64.0.0/10", 1),
        ("100.64.7.0/24", 2),
        ("100.64.7.9/32", 3),
    ] {
        assert_eq!(table.insert(prefix(text), value), None);
    }
    let lookup = |table: &RouteTable<i32>, text: &str| table.lookup(text.parse().unwrap());
    assert_eq!(lookup(&table, "100.64.7.9"), Some(3));
    assert_eq!(lookup(&table, "100.64.7.8"), Some(2));
    assert_eq!(lookup(&table, "100.65.0.1"), Some(1));
    assert_eq!(lookup(&table, "192.0.2.1"), Some(0));
    assert_eq!(lookup(&table, "::1"), None);
    assert_eq!(table.remove(prefix("100.64.7.0/24")), Some(2));
    assert_eq!(table.remove(prefix("100.64.7.0/24")), None);
    assert_eq!(lookup(&table, "100.64.7.8"), Some(1));
    assert_eq!(table.len(), 3);
}

/// Few addresses and all lengths, so that prefixes nest.
fn any_prefix() -> impl Strategy<Value = Prefix> {
    (any::<bool>(), 0u128..16, 0u8..=128).prop_map(|(v6, low, length)| {
        let (address, length): (IpAddr, u8) = if v6 {
            let bits = 0xfd00 << 112 | low << 62 | low;
            (
                Ipv6Addr::from_bits(
                    bits & u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0),
                )
                .into(),
                length,
            )
        } else {
            let length = length % 33;
            let bits = 0x6440_0000 | (low as u32) << 14 | low as u32;
            (
                Ipv4Addr::from_bits(
                    bits & u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0),
                )
                .into(),
                length,
            )
        };
        Prefix::new(address, length).unwrap()
    })
}

proptest! {
    #[test]
    fn equals_a_naive_model(steps in proptest::collection::vec((0u8..4, any_prefix(), any::<u16>()), 1..200)) {
        let mut table = RouteTable::new();
        let mut model: HashMap<Prefix, u16> = HashMap::new();
        for (verb, prefix, value) in steps {
            match verb {
                0 | 1 => prop_assert_eq!(table.insert(prefix, value), model.insert(prefix, value)),
                2 => prop_assert_eq!(table.remove(prefix), model.remove(&prefix)),
                _ => {
                    let address = prefix.address();
                    let expected = model
                        .iter()
                        .filter(|(prefix, _)| prefix.contains(address))
                        .max_by_key(|(prefix, _)| prefix.length())
                        .map(|(_, value)| *value);
                    prop_assert_eq!(table.lookup(address), expected);
                    prop_assert_eq!(table.get(prefix), model.get(&prefix).copied());
                }
            }
            prop_assert_eq!(table.len(), model.len());
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,40}") {
        let _ = text.parse::<Prefix>();
    }
}
