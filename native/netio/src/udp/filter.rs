//! What the kernel drops before it queues it: a program of classic BPF (Documentation/networking/filter.rst) on the socket. It sees datagrams
//! from their UDP header on; what reads beyond their end drops them.

use super::UdpSocket;
use crate::sys;
use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// `BPF_MAXINSNS`.
pub const MAX_INSTRUCTIONS: usize = 4096;
/// Bytes in front of the payload.
pub const PAYLOAD: u32 = 8;
/// More than one datagram of an Ethernet frame can hold (RFC 894, less the headers of IPv4 and UDP).
const LONGEST_DATAGRAM: u32 = 1472;
/// Where the IP header begins (`SKF_NET_OFF`).
pub const IP_HEADER: u32 = (-0x0010_0000_i32) as u32;
/// A number by chance (`SKF_AD_OFF + SKF_AD_RANDOM`).
pub const RANDOM: u32 = (-0x1000_i32 + 56) as u32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    Byte,
    Word,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Add,
    And,
    Multiply,
    ShiftRight,
    Xor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Equal,
    Above,
    AtLeast,
}

/// The machine has an accumulator A, an index register X and sixteen cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instruction {
    /// A = the datagram's bytes at an offset, in network order.
    Load(Width, u32),
    /// A = the datagram's length, UDP header included.
    LoadLength,
    /// A = A op a constant.
    Alu(Operation, u32),
    /// A = A op X.
    AluX(Operation),
    /// X = A.
    ToX,
    /// Skips so many instructions.
    Skip(u32),
    /// Skips so many if A fulfils the condition with a constant, else so many.
    SkipIf(Condition, u32, u8, u8),
    /// As `SkipIf`, if A equals X.
    SkipIfEqualsX(u8, u8),
    Keep,
    Drop,
}

impl Instruction {
    fn encode(self) -> libc::sock_filter {
        let (code, jt, jf, k) = match self {
            Self::Load(width, offset) => {
                let size = match width {
                    Width::Byte => libc::BPF_B,
                    Width::Word => libc::BPF_W,
                };
                (libc::BPF_LD | size | libc::BPF_ABS, 0, 0, offset)
            }
            Self::LoadLength => (libc::BPF_LD | libc::BPF_W | libc::BPF_LEN, 0, 0, 0),
            Self::Alu(operation, k) => (libc::BPF_ALU | operation.code() | libc::BPF_K, 0, 0, k),
            Self::AluX(operation) => (libc::BPF_ALU | operation.code() | libc::BPF_X, 0, 0, 0),
            Self::ToX => (libc::BPF_MISC | libc::BPF_TAX, 0, 0, 0),
            Self::Skip(count) => (libc::BPF_JMP | libc::BPF_JA, 0, 0, count),
            Self::SkipIf(condition, k, then, otherwise) => {
                let test = match condition {
                    Condition::Equal => libc::BPF_JEQ,
                    Condition::Above => libc::BPF_JGT,
                    Condition::AtLeast => libc::BPF_JGE,
                };
                (libc::BPF_JMP | test | libc::BPF_K, then, otherwise, k)
            }
            Self::SkipIfEqualsX(then, otherwise) => (
                libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_X,
                then,
                otherwise,
                0,
            ),
            Self::Keep => (libc::BPF_RET | libc::BPF_K, 0, 0, u32::MAX),
            Self::Drop => (libc::BPF_RET | libc::BPF_K, 0, 0, 0),
        };
        libc::sock_filter {
            code: code as u16,
            jt,
            jf,
            k,
        }
    }
}

/// How a program begins that goes on with the payload's first byte in A. Empty datagrams are dropped. What is longer than one datagram can be
/// are several that the kernel joined (`UDP_GRO`): the first, which whoever forges a source may have put in front, says nothing of the others.
pub fn by_first_byte() -> Vec<Instruction> {
    vec![
        Instruction::LoadLength,
        Instruction::SkipIf(Condition::AtLeast, PAYLOAD + 1, 1, 0),
        Instruction::Drop,
        Instruction::SkipIf(Condition::Above, PAYLOAD + LONGEST_DATAGRAM, 0, 1),
        Instruction::Keep,
        Instruction::Load(Width::Byte, PAYLOAD),
    ]
}

/// What a program does if A fulfils the condition; `body` ends the program in every case.
pub fn only_if(
    program: &mut Vec<Instruction>,
    condition: Condition,
    value: u32,
    body: Vec<Instruction>,
) {
    program.extend([
        Instruction::SkipIf(condition, value, 1, 0),
        Instruction::Skip(body.len() as u32),
    ]);
    program.extend(body);
}

impl Operation {
    fn code(self) -> u32 {
        match self {
            Self::Add => libc::BPF_ADD,
            Self::And => libc::BPF_AND,
            Self::Multiply => libc::BPF_MUL,
            Self::ShiftRight => libc::BPF_RSH,
            Self::Xor => libc::BPF_XOR,
        }
    }
}

impl UdpSocket {
    /// In place of an earlier one, which was made for something else and stays in no case. Errors: EINVAL for a program that is none,
    /// ENOMEM for one that is larger than the host allows (`net.core.optmem_max`).
    pub fn set_filter(&self, program: &[Instruction]) -> io::Result<()> {
        self.attach_filter(program).or_else(|_| {
            // The earlier one takes room of the same allowance. There may be none: ENOENT.
            let _ = sys::set_option(self.fd.as_fd(), libc::SOL_SOCKET, libc::SO_DETACH_FILTER, 0);
            self.attach_filter(program)
        })
    }

    fn attach_filter(&self, program: &[Instruction]) -> io::Result<()> {
        let mut encoded: Vec<libc::sock_filter> =
            program.iter().map(|each| each.encode()).collect();
        let length =
            u16::try_from(encoded.len()).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
        let program = libc::sock_fprog {
            len: length,
            filter: encoded.as_mut_ptr(),
        };
        // SAFETY: pointer and length describe `program`, which describes `encoded`; both live through the call, and the kernel only reads.
        sys::check_int(unsafe {
            libc::setsockopt(
                self.fd.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_ATTACH_FILTER,
                (&raw const program).cast(),
                size_of::<libc::sock_fprog>() as libc::socklen_t,
            )
        })?;
        Ok(())
    }
}
