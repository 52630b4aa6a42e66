//! Giving back what only the start of the process needed. Starting V8 touches most of a large
//! executable; its pages stay mapped, though they are in the page cache anyway.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

/// Unmaps the pages of files (executable, libraries) that nobody wrote to. What is needed again is
/// mapped again on first use, from the page cache. Returns the bytes that were resident.
pub fn release_startup_pages() -> io::Result<usize> {
    let mut released = 0;
    for mapping in clean_file_mappings(BufReader::new(File::open("/proc/self/smaps")?))? {
        // SAFETY: the range is a private mapping of a file, never writable and without a page of
        // its own (`Anonymous: 0`): every access after this reads the same bytes from the file.
        // Nobody changes such a mapping but the loader, whose libraries stay loaded.
        let result = unsafe {
            libc::madvise(
                mapping.start as *mut libc::c_void,
                mapping.length,
                libc::MADV_DONTNEED,
            )
        };
        if result == 0 {
            released += mapping.resident;
        }
    }
    Ok(released)
}

#[derive(Debug, PartialEq, Eq)]
struct Mapping {
    start: usize,
    length: usize,
    resident: usize,
}

/// Read-only private mappings of regular files in which no page was ever copied (proc(5), smaps).
fn clean_file_mappings(smaps: impl BufRead) -> io::Result<Vec<Mapping>> {
    let mut found = Vec::new();
    let mut candidate: Option<Mapping> = None;
    for line in smaps.lines() {
        let line = line?;
        if let Some(mapping) = parse_head(&line) {
            candidate = mapping;
        } else if let Some(bytes) = field(&line, "Rss:") {
            if let Some(mapping) = &mut candidate {
                mapping.resident = bytes;
            }
        } else if let Some(bytes) = field(&line, "Anonymous:")
            && let Some(mapping) = candidate.take()
            && bytes == 0
            && mapping.resident > 0
        {
            found.push(mapping);
        }
    }
    Ok(found)
}

/// `Some(None)` for the head of a mapping that must stay.
fn parse_head(line: &str) -> Option<Option<Mapping>> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let start = usize::from_str_radix(start, 16).ok()?;
    let end = usize::from_str_radix(end, 16).ok()?;
    let permissions = words.next()?;
    let is_file = words.nth(3).is_some_and(|path| path.starts_with('/'));
    let is_code_or_constants = matches!(permissions, "r-xp" | "r--p");
    Some((is_file && is_code_or_constants).then_some(Mapping {
        start,
        length: end.checked_sub(start)?,
        resident: 0,
    }))
}

fn field(line: &str, name: &str) -> Option<usize> {
    let kilobytes = line.strip_prefix(name)?.trim().strip_suffix(" kB")?;
    Some(kilobytes.parse::<usize>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_what_can_be_read_again() {
        let smaps = "\
1000-3000 r-xp 00000000 08:01 7 /usr/bin/node\nRss:   8 kB\nAnonymous:   0 kB\n\
3000-5000 r--p 00000000 08:01 7 /usr/bin/node\nRss:   8 kB\nAnonymous:   4 kB\n\
5000-6000 rw-p 00000000 08:01 7 /usr/bin/node\nRss:   4 kB\nAnonymous:   0 kB\n\
6000-7000 r-xp 00000000 00:00 0 [vdso]\nRss:   4 kB\nAnonymous:   0 kB\n\
7000-8000 r--s 00000000 08:01 9 /data\nRss:   4 kB\nAnonymous:   0 kB\n\
8000-9000 r--p 00000000 00:00 0\nRss:   4 kB\nAnonymous:   0 kB\n";
        assert_eq!(
            clean_file_mappings(smaps.as_bytes()).unwrap(),
            [Mapping {
                start: 0x1000,
                length: 0x2000,
                resident: 8192
            }]
        );
    }

    #[test]
    fn the_process_goes_on() {
        assert!(release_startup_pages().unwrap() > 0);
        assert_eq!("12".parse::<u8>(), Ok(12));
    }
}
