// WGSL with what it is given.
@fragment
fn draw(@builtin(position) at: vec4f) -> @location(0) vec4f {
    let p = at.xy / u.resolution;
    let c = textureSample(channel0, sampler0, p * 0.5).rgb;
    let wave = 0.5 + 0.5 * sin(p.x * 8.0 + u.time);
    return vec4f(mix(c, vec3f(wave, p.y, 0.4), 0.7), 1.0);
}
