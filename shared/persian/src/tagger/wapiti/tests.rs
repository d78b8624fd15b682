use super::super::model::Model;
use super::super::test_model::{self, LABELS};
use super::*;

fn observations() -> Vec<(String, Vec<f64>)> {
    let pairs = LABELS.len() * LABELS.len();
    let mut bigram = vec![0.0; LABELS.len() + pairs];
    bigram[1] = 0.5;
    bigram[LABELS.len()] = -1.25;
    let mut pairs_only = vec![0.0; pairs];
    pairs_only[pairs - 1] = 3.0;
    vec![
        ("u:w=آب".to_owned(), vec![0.1, 0.0, 0.0, -7.0]),
        ("u:w=نان".to_owned(), vec![0.0; LABELS.len()]),
        ("*".to_owned(), bigram),
        ("b:w=آب".to_owned(), pairs_only),
    ]
}

fn small_model() -> Vec<u8> {
    test_model::text(
        &["*", "u:w=%x[0,0]", "b:w=%x[0,0]"],
        &LABELS,
        &observations(),
    )
}

#[test]
fn weights_belong_to_their_observation_and_code() {
    let model = test_model::read(&small_model()).expect("a model");
    let read: Vec<_> = model
        .observations()
        .map(|(observation, weights)| (observation.to_vec(), weights.to_vec()))
        .collect();
    let of = |text: &str, weights: &[(u16, f64)]| (text.as_bytes().to_vec(), weights.to_vec());
    let labels = LABELS.len() as u16;
    let expected = [
        of("u:w=آب", &[(0, 0.1), (3, -7.0)]),
        of("u:w=نان", &[]),
        of("*", &[(1, 0.5), (labels, -1.25)]),
        of("b:w=آب", &[(labels + labels * labels - 1, 3.0)]),
    ];
    assert_eq!(read, expected);
    assert!(model.knows("u:w=نان".as_bytes()));
    assert!(!model.knows("u:w=ماه".as_bytes()));
}

#[test]
fn a_model_cut_anywhere_is_refused() {
    let whole = small_model();
    for length in 0..whole.len() {
        assert!(
            test_model::read(&whole[..length]).is_err(),
            "{length} of {} bytes",
            whole.len()
        );
    }
}

#[test]
fn what_follows_the_model_is_refused() {
    let mut model = small_model();
    model.extend_from_slice(b"0=0x1p+0\n");
    assert!(test_model::read(&model).is_err());
}

#[test]
fn a_changed_part_is_named_in_the_error() {
    let text = String::from_utf8(small_model()).expect("text");
    let cases = [
        ("#mdl#2#", "#mdl#1#", "#mdl#2#"),
        ("#rdr#3/0/0", "#rdr#3/0/1", "#rdr#"),
        ("#qrk#4\n1:N", "#qrk#101\n1:N", "labels"),
        ("2:Ne,", "2:Xe,", "the label «Xe»"),
        ("u:w=%x[0,0]", "u:w=%y[0,0]", "the pattern «u:w=%y[0,0]»"),
        ("u:w=نان", "x:w=نان", "an observation begins"),
        ("u:w=نان,", "u:w=نان.", "comma"),
        ("\n0=", "\n9999=", "the weight 9999"),
        ("\n3=", "\n0=", "the weight 0 isn't in its order"),
        ("-0x1.4", "-0y1.4", "expected a weight"),
    ];
    for (from, to, expected) in cases {
        assert!(text.contains(from), "{from}");
        let error = test_model::read(text.replacen(from, to, 1).as_bytes())
            .err()
            .expect("an error")
            .to_string();
        assert!(
            error.contains(expected),
            "«{error}» doesn't say «{expected}»"
        );
    }
}

#[test]
fn an_observation_that_stands_twice_is_refused() {
    let twice = vec![("u:w=آب".to_owned(), vec![1.0; LABELS.len()]); 2];
    assert!(test_model::read(&test_model::text(&["u:w=%x[0,0]"], &LABELS, &twice)).is_err());
}

#[test]
fn numbers_are_read_exactly() {
    for value in [
        1.0,
        -0.375,
        0.1,
        -1e-12,
        std::f64::consts::PI,
        1e100,
        f64::from_bits(0x3ff0_0000_0000_0001),
    ] {
        assert_eq!(hexadecimal(&test_model::hexadecimal(value)), Some(value));
    }
    assert_eq!(hexadecimal("0x1p+0"), Some(1.0));
    assert_eq!(hexadecimal("0x0p+0"), Some(0.0));
    for text in [
        "",
        "1.5",
        "0x",
        "0x1",
        "0x1p",
        "0x2p+0",
        "0x1.p+1024",
        "inf",
        "nan",
        "0x1.00000000000000p+0",
        "--0x1p+0",
    ] {
        assert_eq!(hexadecimal(text), None, "{text}");
    }
}
