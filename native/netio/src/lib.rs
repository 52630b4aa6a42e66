//! What talks to the kernel: TUN device, UDP sockets, polling. The only crate with unsafe code.
