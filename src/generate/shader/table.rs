//! The parameters, each described once.

use crate::generate::Files;
use crate::parameters::parameters;
use crate::values::Pairs;

parameters! {
    /// The parameters of shader.
    Shader, ShaderDraft as "shader";

    /// The shader: GLSL in the form of Shadertoy or of The Book of Shaders, ISF, WGSL, or what Shadertoy exports; or a folder of its passes; in a recipe also its text
    file: String = String::new(), placeholder("FILE"), argument();
    /// Code that stands before that of each pass
    common: Option<String> = None, placeholder("FILE"), later();
    /// Supersampling: so many points across and down for each pixel
    antialias: u32 = 1, placeholder("N"), within(1.0, 8.0, "points"), still(WHOLE), later();
    /// Points of a pixel are mixed as light is
    linear: bool = false, only(Shader::is_antialiased, "--antialias 2 or more"), later();
    /// Keep what the shader says of transparency; by default a frame is opaque
    alpha: bool = false, later();
    /// Draw in floats, and break the steps of 8 bits by noise
    dither: bool = false, later();
    /// When the film begins, for iDate: a day, or a day and a time
    date: String = "2000-01-01".to_string(), placeholder("DATE"), later();
    /// A pass that draws into a buffer, A to D
    buffer: Pairs = Pairs::default(), placeholder("A=FILE"), later();
    /// What a channel shows: 0 to 3, of a buffer A0 to D3, or a sampler's name; a picture's or film's file, white-noise, gray-noise, blue-noise, value-noise, sound, sound:TRACK, layer:NAME, buffer-a, self or none, with ,filter= ,wrap= ,flip=
    channel: Pairs = Pairs::default(), placeholder("0=WHAT"), later();
    /// A macro
    define: Pairs = Pairs::default(), later();
    /// A uniform that the shader declares, or iMouse: numbers or a colour, each of which may be a formula over time
    set: Pairs = Pairs::default(), later();
    /// The files that it is read from, each with the hash of its content
    files: Files = Files::new(), later();
    /// Where those files are that are not where their names say
    places: Files = Files::new(), later();
}

/// Why what is compiled in cannot move.
const WHOLE: &str = "the shader is compiled for it once";

impl Shader {
    fn is_antialiased(&self) -> bool {
        self.antialias > 1
    }
}
