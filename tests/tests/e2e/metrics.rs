//! Curves: whatever their length, bounded, with every spike, and continued where the last answer ended.

use std::time::Instant;

use domain::{
    ids::TrainingId,
    measurements::{GradientNorms, Losses, StepMetrics},
    metrics,
    training::Training,
};
use jobs::Run;
use serde_json::{Value, json};
use tests::{claims::claim_next, client::Client, stack::Stack};

/// Names of what is measured, as JSON pointers into a point, its `min` or its `max`.
const MEASURED: [&str; 9] = [
    "/losses/generator",
    "/losses/discriminator",
    "/losses/mel",
    "/losses/kl",
    "/losses/duration",
    "/losses/adversarial",
    "/losses/featureMatching",
    "/gradientNorms/generator",
    "/gradientNorms/discriminator",
];

/// Random enough for curves, and the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// Mostly about 1; a step in a hundred is a spike, up or down.
    fn loss(&mut self) -> f32 {
        let usual = 1.0 + self.below(1_000) as f32 / 10_000.0;
        match self.below(200) {
            0 => usual * 1_000.0,
            1 => usual / 1_000.0,
            _ => usual,
        }
    }
}

struct Trained {
    user: Client,
    id: TrainingId,
    run: Run<Training>,
    steps: Vec<StepMetrics>,
}

impl Trained {
    async fn start(stack: &Stack) -> Self {
        let user = Client::register(&stack.url, "sara").await;
        let asked = json!({ "modelType": "tts", "epochs": 1, "batchSize": 4 });
        let training = user.post("/api/training", asked).await;
        let run = claim_next(&stack.db, "a worker").await;
        Self {
            user,
            id: TrainingId(training["id"].as_str().unwrap().parse().unwrap()),
            run: run.unwrap(),
            steps: Vec::new(),
        }
    }

    /// Trains up to `last`, in writes of random size.
    async fn until(&mut self, last: i64, chance: &mut Chance) {
        while (self.steps.len() as i64) < last {
            let first = self.steps.len() as i64 + 1;
            let written = (1 + chance.below(300) as i64).min(last + 1 - first);
            let steps: Vec<_> = (first..first + written)
                .map(|number| step(number, chance))
                .collect();
            metrics::record(&self.run, &steps).await.unwrap();
            self.steps.extend(steps);
        }
    }

    async fn rewind(&mut self, step: i64) {
        metrics::rewind(&self.run, step).await.unwrap();
        self.steps.truncate(step as usize);
    }

    async fn curve(&self, since: i64, points: i64) -> Vec<Value> {
        let path = format!(
            "/api/training/{}/metrics?since={since}&points={points}",
            self.id
        );
        self.user.get(&path).await["items"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// What every curve promises.
    async fn check(&self, since: i64, points: i64) -> Vec<Value> {
        let curve = self.curve(since, points).await;
        let last = self.steps.len() as i64;
        let context = format!("since {since}, {points} points, {last} steps");
        assert!(
            curve.len() as i64 <= points,
            "{} points: {context}",
            curve.len()
        );
        assert!(
            curve.len() as i64 >= (last - since).min(points / 2),
            "only {} points: {context}",
            curve.len()
        );
        let mut before = since;
        for point in &curve {
            let end = point["step"].as_i64().unwrap();
            assert_eq!(point["steps"].as_i64(), Some(end - before), "{context}");
            let of = &self.steps[before as usize..end as usize];
            for name in MEASURED {
                let values = || of.iter().map(|step| measured(step, name));
                let number = |part: &str| {
                    let value = point.pointer(&format!("{part}{name}")).unwrap();
                    value.as_f64().unwrap() as f32
                };
                assert_eq!(
                    number("/min"),
                    values().fold(f32::INFINITY, f32::min),
                    "{name}, {context}"
                );
                assert_eq!(
                    number("/max"),
                    values().fold(f32::NEG_INFINITY, f32::max),
                    "{name}, {context}"
                );
                let mean = values().map(f64::from).sum::<f64>() / of.len() as f64;
                let off = (f64::from(number("")) - mean).abs() / mean;
                assert!(
                    off < if of.len() == 1 { 1e-12 } else { 1e-5 },
                    "{name} is off by {off}: {context}"
                );
            }
            before = end;
        }
        assert_eq!(before, last.max(since), "{context}");
        curve
    }
}

fn step(number: i64, chance: &mut Chance) -> StepMetrics {
    StepMetrics {
        epoch: 1 + (number / 1_000) as i32,
        step: number,
        total_steps: 1_000_000,
        losses: Losses {
            generator: chance.loss(),
            discriminator: chance.loss(),
            mel: chance.loss(),
            kl: chance.loss(),
            duration: chance.loss(),
            adversarial: chance.loss(),
            feature_matching: chance.loss(),
        },
        gradient_norms: Some(GradientNorms {
            generator: chance.loss(),
            discriminator: chance.loss(),
        }),
        learning_rate: 2e-4,
        steps_per_second: 2.5,
        eta_seconds: 1.0,
    }
}

fn measured(step: &StepMetrics, name: &str) -> f32 {
    serde_json::to_value(step)
        .unwrap()
        .pointer(name)
        .unwrap()
        .as_f64()
        .unwrap() as f32
}

#[tokio::test]
async fn no_spike_is_lost_however_few_points_are_asked_for() {
    let stack = Stack::start().await;
    let mut chance = Chance(1);
    let mut trained = Trained::start(&stack).await;
    assert!(trained.check(0, 100).await.is_empty());
    for last in [1, 63, 64, 65, 700, 3_000] {
        trained.until(last, &mut chance).await;
        for points in [1, 2, 7, 100, 5_000] {
            trained.check(0, points).await;
            trained
                .check(chance.below(last as u64) as i64, points)
                .await;
        }
        for since in [0, 1, 62, 63, 64, 65, 127, 128, 129] {
            trained.check(since.min(last), 3).await;
        }
    }
}

#[tokio::test]
async fn a_curve_goes_on_where_the_last_answer_ended() {
    let stack = Stack::start().await;
    let mut chance = Chance(2);
    let mut trained = Trained::start(&stack).await;
    let (mut polled, mut since) = (0, 0);
    while polled < 2_000 {
        let last = trained.steps.len() as i64 + 1 + chance.below(400) as i64;
        trained.until(last, &mut chance).await;
        for point in trained.check(since, 50).await {
            polled += point["steps"].as_i64().unwrap();
            since = point["step"].as_i64().unwrap();
        }
    }
    assert_eq!(polled, since);
    assert!(trained.check(since, 50).await.is_empty());
}

#[tokio::test]
async fn steps_trained_again_leave_nothing_of_the_lost_ones() {
    let stack = Stack::start().await;
    let mut chance = Chance(3);
    let mut trained = Trained::start(&stack).await;
    for (last, checkpoint) in [(500, 317), (1_000, 640), (900, 64), (400, 0), (300, 299)] {
        trained.until(last, &mut chance).await;
        trained.rewind(checkpoint).await;
        trained.check(0, 4).await;
    }
    trained.until(1_000, &mut chance).await;
    for points in [1, 4, 1_000] {
        trained.check(0, points).await;
    }
}

#[tokio::test]
async fn steps_of_earlier_versions_have_no_gradient_norms_and_hide_none() {
    let stack = Stack::start().await;
    let mut chance = Chance(4);
    let trained = Trained::start(&stack).await;
    let mut steps: Vec<_> = (1..=300).map(|number| step(number, &mut chance)).collect();
    for early in &mut steps[..200] {
        early.gradient_norms = None;
    }
    metrics::record(&trained.run, &steps).await.unwrap();
    // 256 steps a point: 56 of the first have norms, and all of the second.
    let curve = trained.curve(0, 2).await;
    let greatest = |of: &[StepMetrics]| {
        let norms = of.iter().filter_map(|step| step.gradient_norms);
        norms.fold(0f32, |most, norms| most.max(norms.generator))
    };
    for (point, of) in curve.iter().zip([&steps[..256], &steps[256..]]) {
        let most = &point["max"]["gradientNorms"]["generator"];
        assert_eq!(most.as_f64().unwrap() as f32, greatest(of));
    }
    let early = trained.curve(0, 300).await;
    assert_eq!(early[199]["gradientNorms"], Value::Null);
    assert_eq!(early[199]["max"]["gradientNorms"], Value::Null);
    let first = steps[200].gradient_norms.unwrap();
    assert_eq!(
        early[200]["gradientNorms"]["generator"].as_f64().unwrap() as f32,
        first.generator
    );
}

/// From its blocks it takes some 60 ms on two cores; read step by step it would take more than ten times that.
#[tokio::test]
async fn the_curve_of_a_million_steps_comes_at_once() {
    let stack = Stack::start().await;
    let trained = Trained::start(&stack).await;
    sqlx::query(
        "INSERT INTO training_metrics
             (training_job_id, step, epoch, learning_rate, steps_per_second, generator, discriminator, mel, kl, duration,
              adversarial, feature_matching, generator_gradient_norm, discriminator_gradient_norm)
         SELECT $1, step, 1, 1e-4, 2, random(), random(), CASE step WHEN 654321 THEN 1000 ELSE random() END, random(),
                random(), random(), random(), random(), random()
         FROM generate_series(1, 1000000) AS step",
    )
    .bind(trained.id.0)
    .execute(&stack.db)
    .await
    .unwrap();
    sqlx::query("SELECT write_training_metric_blocks($1, 0, 1000000)")
        .bind(trained.id.0)
        .execute(&stack.db)
        .await
        .unwrap();
    let begun = Instant::now();
    let curve = trained.curve(0, 1_000).await;
    let took = begun.elapsed();
    println!(
        "{} points of a million steps in {} ms",
        curve.len(),
        took.as_millis()
    );
    assert!((500..=1_000).contains(&curve.len()));
    assert_eq!(curve.last().unwrap()["step"], 1_000_000);
    let spikes = curve
        .iter()
        .filter(|point| point["max"]["losses"]["mel"] == 1000.0);
    assert_eq!(spikes.count(), 1);
    assert!(took.as_millis() < 1_000, "it took {took:?}");
}
