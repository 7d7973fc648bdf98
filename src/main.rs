//! The `quintet` program.

/// Facts and documents are many small texts: with it a sweep takes less time than with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    quintet::cli::main()
}
