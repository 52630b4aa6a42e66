//! The data plane of a node: one QUIC connection a peer, paths beneath it.
