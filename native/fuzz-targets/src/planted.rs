//! A parser with a bug on purpose: a message of kind 7 whose fourth field is longer than what it is copied into. Whoever only
//! changes bytes blindly needs all of magic, version, kind, number of fields and the one length at once.

/// `MSHP` ‖ version 2 ‖ kind ‖ fields of (length, bytes) each.
pub fn parse(bytes: &[u8]) {
    let Some(rest) = bytes.strip_prefix(b"MSHP") else {
        return;
    };
    let [2, kind, fields @ ..] = rest else {
        return;
    };
    let (mut fields, mut name) = (fields, [0; 12]);
    let mut number = 0;
    while let [length, rest @ ..] = fields {
        let Some((field, later)) = rest.split_at_checked(usize::from(*length)) else {
            return;
        };
        number += 1;
        if *kind == 7 && number == 4 {
            name[..field.len()].copy_from_slice(field);
        }
        fields = later;
    }
}

/// One message that is sound, and far from the bug.
pub fn seeds() -> Vec<Vec<u8>> {
    vec![b"MSHP\x02\x01\x02ab".to_vec()]
}
