//! Serves a hub with a few models until it is ended, for whoever works on the page: prints its address, which belongs
//! into `HF_ENDPOINT`, and its tokens.

#![allow(clippy::print_stdout, reason = "the address is this program's output")]

use bytes::Bytes;
use test_hub::{Repository, TOKEN, TRUSTED_TOKEN, TestHub, noise};

fn main() {
    let hub = TestHub::start();
    let text = |text: &str| Bytes::from(text.to_owned());
    let vits = |id: &str, seed: u64, megabytes: usize| {
        Repository::new(id).commit(&[
            ("README.md", text("# آوا\n\nA voice for the tests.\n")),
            ("config.json", text(r#"{"model_type": "vits"}"#)),
            ("vocab.json", text("{}")),
            ("model.safetensors", noise(seed, megabytes << 20)),
            ("pytorch_model.bin", noise(seed + 1, megabytes << 20)),
        ])
    };
    hub.put(vits("facebook/mms-tts-fas", 1, 145));
    hub.put(vits("avagar/large-voice", 3, 1_500));
    hub.put(vits("avagar/gated-voice", 5, 20).gated());
    hub.put(vits("avagar/private-voice", 7, 20).private());
    for number in 0..60 {
        let id = format!("openai/whisper-{number:02}");
        let repository = Repository::new(&id).tagged(
            "automatic-speech-recognition",
            &["transformers", "fa", "license:mit"],
        );
        hub.put(repository.commit(&[
            ("config.json", text(r#"{"model_type": "whisper"}"#)),
            ("model.safetensors", noise(number, 100_000)),
        ]));
    }
    println!("HF_ENDPOINT={}", hub.url);
    println!("a token: {TOKEN}; one that has accepted all terms: {TRUSTED_TOKEN}");
    loop {
        std::thread::park();
    }
}
