//! A kind of job outside the product: it says a word again and again. Its schema, its code and its registration.

use jobs::{Change, Handler, JobKind, Kinds, Outcome, Result, RunContext, Worker, WorkerConfig};
use sqlx::{PgConnection, PgPool};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub const TABLE: &str = "CREATE TABLE echoes (id uuid PRIMARY KEY, word text NOT NULL,
                         times int NOT NULL, done int NOT NULL DEFAULT 0, output text)";
const SAY: &str = "UPDATE echoes SET done = done + 1 WHERE id = $1 RETURNING word, times, done";
const ANSWER: &str = "UPDATE echoes SET output = $2 WHERE id = $1";

pub struct Echo;

impl JobKind for Echo {
    const KIND: &'static str = "echo";
    const QUEUE: &'static str = "echoes";
    type Id = Uuid;
    type Output = String;

    async fn record_output(tx: &mut PgConnection, id: Uuid, _: Uuid, output: String) -> Result<()> {
        let answer = sqlx::query(ANSWER).bind(id).bind(output);
        answer.execute(tx).await?;
        Ok(())
    }

    async fn changed(_: &mut PgConnection, _: Uuid, _: Uuid, _: &Change) -> Result<()> {
        Ok(())
    }
}

impl Handler<Echo> for Echo {
    async fn run(&self, context: RunContext<Echo>) -> Outcome<String> {
        say(&context).await.unwrap_or_else(|error| Outcome::Retry {
            after: None,
            reason: error.to_string().into(),
        })
    }
}

async fn say(context: &RunContext<Echo>) -> Result<Outcome<String>> {
    loop {
        let mut tx = context.run().begin().await?;
        let said = sqlx::query_as(SAY).bind(context.run().job);
        let (word, times, done): (String, i32, i32) = said.fetch_one(&mut *tx).await?;
        tx.commit().await?;
        context.touch();
        match context.stop_requested() {
            _ if word.is_empty() => return Err(jobs::Error::Internal("nothing to say".into())),
            _ if done >= times => return Ok(Outcome::Completed(word)),
            Some(reason) => return Ok(reason.outcome()),
            None => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    }
}

pub fn worker(config: WorkerConfig, db: PgPool, shutdown: CancellationToken) -> Worker {
    Worker::new(config, db, Kinds::default().with::<Echo>(), shutdown).register(Echo)
}
