//! napi glue: the boundary of native/index.d.ts, nothing else.
