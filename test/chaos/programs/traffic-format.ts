// What travels on the bulk connection: hash, block, hash, block, ...

export const HASH_BYTES = 32;
export const BLOCK_BYTES = 1 << 20;
