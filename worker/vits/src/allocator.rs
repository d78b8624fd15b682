//! What gives memory to every program that this library is part of, libtorch in it: mimalloc in the place of malloc.
//!
//! Each operation on tensors asks for memory and gives it back soon, in sizes as different as the clips are. glibc's malloc
//! takes large ones from the kernel anew every time, page by page, and keeps gaps between the others: a training of `tiny`
//! held 1.1 GB after 3,500 steps and more with each. With this it holds 0.7 GB from the start, and a step takes a sixth less.

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;
