//! `migrate`: brings the database of `DATABASE_URL` up to date. For developers; `api migrate` does it for everybody else.

use sqlx::PgPool;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("DATABASE_URL").map_err(|_| "DATABASE_URL is not set")?;
    migrations::run(&PgPool::connect(&url).await?).await?;
    Ok(())
}
