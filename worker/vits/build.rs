//! Lets the programs of this crate, and of those that use it, find libtorch without an environment variable at run time, and
//! GPUs by it.
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    let Ok(libtorch) = std::env::var("LIBTORCH") else {
        return;
    };
    println!("cargo:rustc-link-arg=-Wl,-rpath,{libtorch}/lib");
    if Path::new(&libtorch).join("lib/libtorch_cuda.so").exists() {
        // Nothing is called in it, so the linker would leave it out; but libtorch knows GPUs by its being there.
        println!("cargo:rustc-link-arg=-L{libtorch}/lib");
        println!("cargo:rustc-link-arg=-Wl,--push-state,--no-as-needed,-ltorch_cuda,--pop-state");
    }
}
