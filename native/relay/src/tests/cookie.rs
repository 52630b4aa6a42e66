use super::*;

const NONCE: Nonce = [9; 16];

fn numbered() -> impl FnMut() -> Secret {
    let mut next = 0;
    move || {
        next += 1;
        [next; 32]
    }
}

fn source() -> SocketAddr {
    "192.0.2.1:4000".parse().unwrap()
}

#[test]
fn accepts_its_own_for_two_periods() {
    let mut random = numbered();
    let mut jar = CookieJar::new(1000, &mut random);
    let cookie = jar.make(source(), &NONCE);
    jar.rotate(1000 + ROTATION_MS - 1, &mut random);
    assert_eq!(
        jar.make(source(), &NONCE),
        cookie,
        "one ms early nothing changes"
    );
    jar.rotate(1000 + ROTATION_MS, &mut random);
    assert_ne!(jar.make(source(), &NONCE), cookie);
    assert!(jar.verify(source(), &NONCE, &cookie));
    jar.rotate(1000 + 2 * ROTATION_MS, &mut random);
    assert!(!jar.verify(source(), &NONCE, &cookie));
}

#[test]
fn forgets_both_secrets_after_a_long_sleep() {
    let mut random = numbered();
    let mut jar = CookieJar::new(0, &mut random);
    let cookie = jar.make(source(), &NONCE);
    jar.rotate(2 * ROTATION_MS, &mut random);
    assert!(!jar.verify(source(), &NONCE, &cookie));
}

#[test]
fn binds_address_port_and_nonce() {
    let jar = CookieJar::new(0, &mut numbered());
    let cookie = jar.make(source(), &NONCE);
    assert!(jar.verify(source(), &NONCE, &cookie));
    assert!(!jar.verify("192.0.2.2:4000".parse().unwrap(), &NONCE, &cookie));
    assert!(!jar.verify("192.0.2.1:4001".parse().unwrap(), &NONCE, &cookie));
    assert!(!jar.verify(source(), &[8; 16], &cookie));
    let mut wrong = cookie;
    wrong[15] ^= 1;
    assert!(!jar.verify(source(), &NONCE, &wrong));
}
