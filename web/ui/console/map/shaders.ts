/** One vertex a car: position, then heading/2, state, age in 10 s, and 1 selected + 2 coarse (another platform's); the shape is drawn in the point's square, so a car costs 12 bytes and no mesh. */
export const VERTEX = `#version 300 es
in vec2 a_pos;
in vec4 a_info;
uniform mat4 u_matrix;
uniform float u_size;
flat out vec4 v_info;
flat out float v_zoom;
void main() {
  gl_Position = u_matrix * vec4(a_pos, 0.0, 1.0);
  v_info = a_info;
  v_zoom = mod(a_info.w, 2.0) > 0.5 ? 1.8 : 1.0;
  gl_PointSize = u_size * v_zoom;
}`

/**
 * Colour says the duty, shape says the motion, hollow says no recent news, a ring says selected: never colour alone.
 * `ahead` is the heading in the point's square, where x grows to the right and y down, hence the minus.
 */
export const FRAGMENT = `#version 300 es
precision highp float;
flat in vec4 v_info;
flat in float v_zoom;
uniform float u_size;
uniform float u_bearing;
uniform vec3 u_colours[6];
out vec4 colour;

float arrow(vec2 p, float heading) {
  float turn = radians(heading) - u_bearing;
  vec2 ahead = vec2(sin(turn), -cos(turn));
  float f = dot(p, ahead);
  float s = abs(dot(p, vec2(-ahead.y, ahead.x)));
  float edge = (s - (0.92 - f) * 0.42) / 1.085;
  float notch = (-0.42 - 0.5 * s - f) / 1.118;
  return max(edge, notch);
}

void main() {
  vec2 p = (gl_PointCoord - 0.5) * 2.0 * v_zoom;
  int motion = int(v_info.y) & 15;
  int duty = (int(v_info.y) >> 4) & 7;
  bool stale = motion == 4 || motion == 0 || (motion != 1 && v_info.z >= 60.0);
  bool coarse = v_info.w >= 2.0;
  float d = motion == 2 && !coarse ? arrow(p, v_info.x * 2.0)
    : duty == 3 ? max(abs(p.x), abs(p.y)) - 0.46
    : length(p) - (motion == 3 ? 0.52 : 0.46);
  int which = duty == 3 ? 4 : duty == 2 ? 2 : duty == 1 ? 1 : motion == 2 ? 3 : stale ? 5 : 0;
  vec3 tint = u_colours[which];
  float soft = 2.0 / u_size;
  float inside = 1.0 - smoothstep(-soft, 0.0, d);
  float core = 1.0 - smoothstep(-0.11 - soft, -0.11, d);
  float hole = motion == 3 ? 1.0 - smoothstep(0.13, 0.13 + soft, length(p)) : 0.0;
  vec3 fill = stale ? mix(tint, vec3(1.0), 1.0 - smoothstep(-0.19 - soft, -0.19, d)) : mix(vec3(1.0), tint, core);
  fill = mix(fill, vec3(1.0), hole);
  float ring = mod(v_info.w, 2.0) > 0.5 ? 1.0 - smoothstep(0.10, 0.10 + soft, abs(length(p) - 1.45)) : 0.0;
  float a = max(inside, ring);
  if (a < 0.02) discard;
  colour = vec4(mix(fill, vec3(0.90, 0.12, 0.10), ring * (1.0 - inside)) * a, a);
}`
