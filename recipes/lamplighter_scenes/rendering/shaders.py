"""GLSL sources of the renderer. Light from lamps comes from a map over the ground."""

OBJECT_VERTEX = """#version 330
in vec3 p; in vec3 n; in vec4 c;
in vec4 place;  // x, y, cos, sin
in vec4 look;   // body r, g, b, number
in vec4 state;  // z, scale, brake, lights
uniform mat4 view; uniform mat4 shadow_view;
out vec3 w; out vec3 nn; out vec4 col; out vec4 sp; flat out float number; flat out vec2 lamps;
void main(){
  vec3 q = p * state.y;
  w = vec3(place.xy, 0.0)
    + vec3(q.x * place.z - q.y * place.w, q.x * place.w + q.y * place.z, q.z + state.x);
  nn = vec3(n.x * place.z - n.y * place.w, n.x * place.w + n.y * place.z, n.z);
  col = vec4(abs(c.a - 1.0) < 0.5 ? look.rgb : c.rgb, c.a);
  number = look.a; lamps = state.zw;
  sp = shadow_view * vec4(w, 1.0); gl_Position = view * vec4(w, 1.0);
}"""

COMMON = """
uniform vec3 sun_dir; uniform vec3 sun; uniform vec3 ambient; uniform vec3 sky; uniform vec3 eye;
uniform float fog; uniform float wet; uniform float night; uniform float shade;
uniform sampler2D shadow_map; uniform sampler2D lamp_map; uniform float half_extent;
uniform float lamp_scale;
float lit(vec4 sp){
  vec3 s = sp.xyz / sp.w * 0.5 + 0.5;
  if (s.x <= 0.0 || s.x >= 1.0 || s.y <= 0.0 || s.y >= 1.0) return 1.0;
  float k = 0.0; float t = 0.7 / 1024.0;
  k += texture(shadow_map, s.xy + vec2(-t, -t)).r < s.z - 0.0025 ? 0.0 : 0.25;
  k += texture(shadow_map, s.xy + vec2(t, -t)).r < s.z - 0.0025 ? 0.0 : 0.25;
  k += texture(shadow_map, s.xy + vec2(-t, t)).r < s.z - 0.0025 ? 0.0 : 0.25;
  k += texture(shadow_map, s.xy + vec2(t, t)).r < s.z - 0.0025 ? 0.0 : 0.25;
  return k;
}
vec2 on_map(vec3 w){ return w.xy / (2.0 * half_extent) + 0.5; }
vec4 finish(vec3 r, vec3 w){
  float f = 1.0 - exp(-fog * length(eye - w)); return vec4(mix(r, sky, f), 1.0);
}
"""

OBJECT_FRAGMENT = (
    """#version 330
in vec3 w; in vec3 nn; in vec4 col; in vec4 sp; flat in float number; flat in vec2 lamps;
layout(location=0) out vec4 o; layout(location=1) out float id;
"""
    + COMMON
    + """
float h(vec2 p){ return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }
void main(){
  vec3 n = normalize(nn); vec3 to_eye = normalize(eye - w); if (dot(n, to_eye) < 0.0) n = -n;
  vec3 c = col.rgb; int m = int(col.a + 0.5); float spec = m == 1 ? 0.3 : 0.0; vec3 glow = vec3(0);
  if (m == 2) {
    float fresnel = pow(1.0 - max(dot(n, to_eye), 0.0), 3.0);
    c = mix(c, sky, 0.12 + 0.6 * fresnel); spec = 0.7;
  }
  if (m == 3) glow = vec3(3.0, 2.8, 2.4) * lamps.y;
  if (m == 4) glow = vec3(1.4, 0.05, 0.04) * (0.5 * lamps.y + 0.9 * lamps.x);
  if (m == 5) {
    vec2 q = abs(n.x) > 0.5 ? w.yz : w.xz; vec2 cell = q / vec2(2.8, 3.1); vec2 f = fract(cell);
    if (n.z < 0.5 && f.x > 0.25 && f.x < 0.75 && f.y > 0.3 && f.y < 0.8) {
      c = vec3(0.14, 0.17, 0.21);
      if (night > 0.5 && h(floor(cell)) > 0.75) glow = vec3(0.75, 0.6, 0.38);
    } else c *= 0.9 + 0.2 * h(floor(w.xz * 2.0) + floor(w.y * 2.0));
  }
  if (m == 6) c *= 0.75 + 0.5 * h(floor(w.xz * 3.0) + floor(w.y * 3.0));
  float s = lit(sp); float d = max(dot(n, sun_dir), 0.0);
  vec3 light = ambient * (0.72 + 0.28 * n.z) + sun * d * s;
  vec3 lamp = texture(lamp_map, on_map(w)).rgb * lamp_scale;
  light += lamp * (0.45 + 0.35 * n.z) * smoothstep(9.0, 0.5, w.z);
  vec3 half_way = normalize(sun_dir + to_eye);
  vec3 r = c * light + glow + (sun * s + lamp * 0.3) * spec * pow(max(dot(n, half_way), 0.0), 24.0);
  o = finish(r, w); id = number;
}"""
)

GROUND_VERTEX = """#version 330
in vec2 p; uniform mat4 view; uniform mat4 shadow_view; out vec3 w; out vec4 sp;
void main(){ w = vec3(p, 0.0); sp = shadow_view * vec4(w, 1.0); gl_Position = view * vec4(w, 1.0); }
"""

GROUND_FRAGMENT = (
    """#version 330
in vec3 w; in vec4 sp; layout(location=0) out vec4 o; layout(location=1) out float id;
uniform sampler2D ground;
"""
    + COMMON
    + """
void main(){
  vec2 uv = on_map(w); vec4 g = texture(ground, uv); vec3 c = g.rgb; float road = g.a;
  if (uv.x < 0.0 || uv.x > 1.0 || uv.y < 0.0 || uv.y > 1.0) { c = vec3(0.27, 0.3, 0.2); road = 0.; }
  c *= 1.0 - 0.4 * wet * road;
  float s = lit(sp); vec3 to_eye = normalize(eye - w);
  vec3 lamp = texture(lamp_map, uv).rgb * lamp_scale;
  vec3 r = c * (ambient * mix(1.0, 0.55 + 0.45 * s, shade) + sun * max(sun_dir.z, 0.0) * s + lamp);
  float fresnel = pow(1.0 - max(to_eye.z, 0.0), 4.0);
  r += wet * road * (fresnel * 0.55 * mix(sky, r, 0.3) * (0.4 + 0.6 * s) + 0.12 * lamp * fresnel);
  o = finish(r, w); id = 0.0;
}"""
)

SHADOW_VERTEX = """#version 330
in vec3 p; in vec4 place; in vec4 state; uniform mat4 shadow_view;
void main(){
  vec3 q = p * state.y;
  gl_Position = shadow_view * vec4(vec3(place.xy, 0.0)
    + vec3(q.x * place.z - q.y * place.w, q.x * place.w + q.y * place.z, q.z + state.x), 1.0);
}"""

SHADOW_FRAGMENT = "#version 330\nvoid main(){}"
