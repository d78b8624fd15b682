//! Plots of spectrograms and alignments, as PNG with a palette.

use std::{fs::File, io::BufWriter, path::Path};

use tch::{Device, Tensor};

use crate::{Error, Result};

/// Log magnitudes that are drawn as the palette's first and last colour, whatever the picture, so that two can be compared.
const QUIETEST: f32 = -11.5;
const LOUDEST: f32 = 2.0;
/// Pixels of a mel band and of a token.
const BAND_HEIGHT: usize = 2;
const TOKEN_HEIGHT: usize = 3;
/// Pixels of a frame.
const FRAME_WIDTH: usize = 2;
/// Pixels between two spectrograms.
const GAP: usize = 4;

/// Palette indices, row by row from the top.
struct Image {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Image {
    fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            pixels: vec![0; width * height],
        }
    }

    /// Fills a rectangle.
    fn fill(&mut self, left: usize, top: usize, width: usize, height: usize, colour: u8) {
        for row in self
            .pixels
            .chunks_exact_mut(self.width)
            .skip(top)
            .take(height)
        {
            row[left..left + width].fill(colour);
        }
    }

    fn write(&self, path: &Path) -> Result<()> {
        let file = File::create(path).map_err(Error::file(path))?;
        let (width, height) = (self.width as u32, self.height as u32);
        let mut encoder = png::Encoder::new(BufWriter::new(file), width, height);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(palette());
        let written = encoder
            .write_header()
            .and_then(|mut writer| {
                writer.write_image_data(&self.pixels)?;
                writer.finish()
            })
            .map_err(std::io::Error::from);
        written.map_err(Error::file(path))
    }
}

/// Viridis: even steps of brightness, also to the colour-blind and in print.
fn palette() -> Vec<u8> {
    (0..=255)
        .flat_map(|step| {
            let colour = colorous::VIRIDIS.eval_rational(step, 256);
            [colour.r, colour.g, colour.b]
        })
        .collect()
}

/// Two spectrograms one above the other, low bands at the bottom of each, both `[bands, frames]` of log magnitudes.
pub(crate) fn spectrograms(path: &Path, upper: &Tensor, lower: &Tensor) -> Result<()> {
    let (upper, lower) = (Grid::of(upper)?, Grid::of(lower)?);
    let height = (upper.rows + lower.rows) * BAND_HEIGHT + GAP;
    let mut image = Image::new(upper.columns.max(lower.columns) * FRAME_WIDTH, height);
    upper.draw(&mut image, 0);
    let top = upper.rows * BAND_HEIGHT;
    let width = image.width;
    image.fill(0, top, width, GAP, u8::MAX);
    lower.draw(&mut image, top + GAP);
    image.write(path)
}

/// Which of `tokens` tokens each frame belongs to; the first token at the bottom.
pub(crate) fn alignment(path: &Path, token_of_frame: &[i64], tokens: usize) -> Result<()> {
    let mut image = Image::new(token_of_frame.len() * FRAME_WIDTH, tokens * TOKEN_HEIGHT);
    for (frame, &token) in token_of_frame.iter().enumerate() {
        let from_top = tokens.saturating_sub(token as usize + 1);
        let (left, top) = (frame * FRAME_WIDTH, from_top * TOKEN_HEIGHT);
        image.fill(left, top, FRAME_WIDTH, TOKEN_HEIGHT, u8::MAX);
    }
    image.write(path)
}

/// A matrix on the CPU.
struct Grid {
    rows: usize,
    columns: usize,
    values: Vec<f32>,
}

impl Grid {
    fn of(tensor: &Tensor) -> Result<Self> {
        let size = tensor.size();
        let flat = tensor.to_device(Device::Cpu).contiguous().flatten(0, -1);
        Ok(Self {
            rows: size[0] as usize,
            columns: size[1] as usize,
            values: Vec::try_from(flat)?,
        })
    }

    fn draw(&self, image: &mut Image, top: usize) {
        for (row, values) in self.values.chunks_exact(self.columns).enumerate() {
            let top = top + (self.rows - 1 - row) * BAND_HEIGHT;
            for (column, value) in values.iter().enumerate() {
                let share = (value - QUIETEST) / (LOUDEST - QUIETEST);
                let colour = (share.clamp(0.0, 1.0) * 255.0) as u8;
                image.fill(column * FRAME_WIDTH, top, FRAME_WIDTH, BAND_HEIGHT, colour);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::*;

    fn read(path: &Path) -> (usize, usize, Vec<u8>) {
        let decoder = png::Decoder::new(std::io::BufReader::new(File::open(path).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(frame.color_type, png::ColorType::Indexed);
        (frame.width as usize, frame.height as usize, pixels)
    }

    #[test]
    fn an_alignment_climbs_from_the_bottom() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alignment.png");
        alignment(&path, &[0, 0, 1, 2], 3).unwrap();
        let (width, height, pixels) = read(&path);
        assert_eq!((width, height), (4 * FRAME_WIDTH, 3 * TOKEN_HEIGHT));
        let at = |frame: usize, token: usize| {
            pixels[(2 - token) * TOKEN_HEIGHT * width + frame * FRAME_WIDTH]
        };
        for (frame, token) in [(0, 0), (1, 0), (2, 1), (3, 2)] {
            assert_eq!(at(frame, token), 255);
            assert_eq!(at(frame, (token + 1) % 3), 0);
        }
    }

    #[test]
    fn spectrograms_stand_one_above_the_other_with_low_bands_below() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spectrogram.png");
        let low_tone = Tensor::full([80, 5], f64::from(QUIETEST), (Kind::Float, Device::Cpu));
        let _loud = low_tone.get(0).fill_(f64::from(LOUDEST));
        let silence = Tensor::full([80, 7], -20.0, (Kind::Float, Device::Cpu));
        spectrograms(&path, &low_tone, &silence).unwrap();
        let (width, height, pixels) = read(&path);
        assert_eq!((width, height), (7 * FRAME_WIDTH, 160 * BAND_HEIGHT + GAP));
        let at = |row: usize, column: usize| pixels[row * width + column];
        assert_eq!(at(80 * BAND_HEIGHT - 1, 0), 255);
        assert_eq!(at(0, 0), 0);
        assert_eq!(at(height - 1, 0), 0);
    }
}
