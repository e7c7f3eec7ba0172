//! `partsweep prices`: what partsweep knows of prices, and price lists made into files for `--prices`.

mod aws_list;
mod import;
mod show;

use import::ImportArgs;
use show::ShowPricesArgs;

use crate::args::SharedArgs;
use crate::terminal::console::Console;
use crate::text::error::Failure;
use crate::text::exit::Exit;

/// Show the prices that costs are estimated with, or import a price list
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct PricesArgs {
    #[command(subcommand)]
    command: PricesCommand,
}

#[derive(Debug, clap::Subcommand)]
enum PricesCommand {
    Show(ShowPricesArgs),
    Import(ImportArgs),
}

/// Runs one of them. Neither connects to a store.
pub(crate) fn run(
    args: &PricesArgs,
    shared: &SharedArgs,
    console: &Console,
) -> Result<Exit, Failure> {
    let options = [
        "--format",
        "--json",
        "--top",
        "--profile",
        "--store",
        "--from",
        "--endpoint-url",
        "--region",
        "--addressing",
        "--concurrency",
        "--rps",
        "--timeout",
    ];
    if let Some(option) = shared.given.first_of(&options) {
        let line = format!("{option} has no effect with prices show and prices import");
        return Err(Failure::usage(line).hint("leave it out"));
    }
    match &args.command {
        PricesCommand::Show(args) => show::run(args, console),
        PricesCommand::Import(args) => import::run(args, console),
    }
}
