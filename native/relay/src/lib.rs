//! STUN answers and the forwarding half of a relay.
