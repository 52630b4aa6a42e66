//! IP packets: parsing, checksums, segmentation, coalescing, routing, filtering. No I/O, no unsafe.
