//! Layout of the UDP header (RFC 768), as offsets from its start.

pub const LENGTH: usize = 4;
pub const CHECKSUM: usize = 6;
