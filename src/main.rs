//! The `quintet` program.

fn main() -> std::process::ExitCode {
    quintet::cli::main()
}
