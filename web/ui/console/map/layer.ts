import type { CustomLayerInterface, CustomRenderMethodInput, MapLibreMap } from 'maplibre-gl'
import { productNow } from '../live/clock'
import { mercatorX, mercatorY, type Fleet } from '../live/fleet'
import { FRAGMENT, VERTEX } from './shaders'

/** Free, assigned, on an order, moving without an order, in maintenance, no news. */
export const COLOURS = ['#1d8a4e', '#c27803', '#1763c6', '#c2281d', '#6b4fa0', '#67758a'] as const

const STRIDE = 12
/** Positions are float32 relative to here, so a metre is not lost to rounding. */
const ORIGIN = [mercatorX(118.75), mercatorY(30.6)] as const

const rgb = (hex: string): number[] => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)

function compile(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram()
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
    const shader = gl.createShader(kind)
    if (!shader) throw new Error('no shader')
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    gl.attachShader(program, shader)
  }
  gl.bindAttribLocation(program, 0, 'a_pos')
  gl.bindAttribLocation(program, 1, 'a_info')
  gl.linkProgram(program)
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? 'link')
  return program
}

/** m x translate(x, y): column-major, in doubles until the last step. */
function shifted(m: ArrayLike<number>, x: number, y: number): Float32Array {
  const out = new Float32Array(16)
  for (let i = 0; i < 16; i++) out[i] = m[i] ?? 0
  for (let row = 0; row < 4; row++) out[12 + row] = (m[row] ?? 0) * x + (m[4 + row] ?? 0) * y + (m[12 + row] ?? 0)
  return out
}

/** The cars of a fleet as one draw call. Call `refresh` after the fleet, the filter or the selection changed. */
export class FleetLayer implements CustomLayerInterface {
  readonly id = 'fleet'
  readonly type = 'custom' as const
  readonly renderingMode = '2d' as const
  /** Which slots are drawn. */
  shows: (slot: number) => boolean = () => true
  /** Which slots are known only roughly, and have no heading. */
  coarse: (slot: number) => boolean = () => false
  /** The slot that carries the ring, or -1. */
  selected = -1
  private map: MapLibreMap | null = null
  private gl: WebGL2RenderingContext | null = null
  private program: WebGLProgram | null = null
  private buffer: WebGLBuffer | null = null
  private array: WebGLVertexArrayObject | null = null
  private bytes = new ArrayBuffer(256 * STRIDE)
  private drawn = 0
  private changed = true

  constructor(private readonly fleet: Fleet) {}

  onAdd(map: MapLibreMap, gl: WebGL2RenderingContext): void {
    this.map = map
    this.gl = gl
    this.program = compile(gl)
    this.buffer = gl.createBuffer()
    this.array = gl.createVertexArray()
    gl.bindVertexArray(this.array)
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer)
    gl.enableVertexAttribArray(0)
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, STRIDE, 0)
    gl.enableVertexAttribArray(1)
    gl.vertexAttribPointer(1, 4, gl.UNSIGNED_BYTE, false, STRIDE, 8)
    gl.bindVertexArray(null)
  }

  onRemove(): void {
    this.gl?.deleteProgram(this.program)
    this.gl?.deleteBuffer(this.buffer)
    this.gl?.deleteVertexArray(this.array)
  }

  refresh(): void {
    this.changed = true
    this.map?.triggerRepaint()
  }

  /** Pack what is seen and shown, the selected car last so that it lies on top. */
  private fill(): number {
    const { fleet } = this
    const now = productNow()
    if (this.bytes.byteLength < fleet.size * STRIDE) this.bytes = new ArrayBuffer(fleet.lon.length * STRIDE)
    const place = new Float32Array(this.bytes)
    const info = new Uint8Array(this.bytes)
    let n = 0
    const put = (slot: number): void => {
      place[n * 3] = mercatorX(fleet.lon[slot] ?? 0) - ORIGIN[0]
      place[n * 3 + 1] = mercatorY(fleet.lat[slot] ?? 0) - ORIGIN[1]
      const at = n * STRIDE + 8
      info[at] = (fleet.heading[slot] ?? 0) / 2
      info[at + 1] = fleet.state[slot] ?? 0
      info[at + 2] = Math.min(255, fleet.ageS(slot, now) / 10)
      info[at + 3] = (slot === this.selected ? 1 : 0) + (this.coarse(slot) ? 2 : 0)
      n++
    }
    for (let slot = 0; slot < fleet.size; slot++)
      if (fleet.seen[slot] && slot !== this.selected && this.shows(slot)) put(slot)
    if (this.selected >= 0 && fleet.seen[this.selected]) put(this.selected)
    return n
  }

  render(gl: WebGL2RenderingContext, { defaultProjectionData }: CustomRenderMethodInput): void {
    if (!this.program || !this.map) return
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer)
    if (this.changed) {
      this.drawn = this.fill()
      gl.bufferData(gl.ARRAY_BUFFER, new Uint8Array(this.bytes, 0, this.drawn * STRIDE), gl.DYNAMIC_DRAW)
      this.changed = false
    }
    const uniform = (name: string): WebGLUniformLocation | null => gl.getUniformLocation(this.program as WebGLProgram, name)
    gl.useProgram(this.program)
    gl.uniformMatrix4fv(uniform('u_matrix'), false, shifted(defaultProjectionData.mainMatrix, ...ORIGIN))
    gl.uniform1f(uniform('u_size'), this.pixels() * devicePixelRatio)
    gl.uniform1f(uniform('u_bearing'), (this.map.getBearing() * Math.PI) / 180)
    gl.uniform3fv(uniform('u_colours'), COLOURS.flatMap(rgb))
    gl.bindVertexArray(this.array)
    gl.disable(gl.DEPTH_TEST)
    gl.enable(gl.BLEND)
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
    gl.drawArrays(gl.POINTS, 0, this.drawn)
    gl.bindVertexArray(null)
  }

  /** An arrow's square is 24 px in the overview and 36 px in town. */
  private pixels(): number {
    const zoom = this.map?.getZoom() ?? 8
    return Math.min(36, Math.max(24, 24 + (zoom - 8.5) * 3))
  }
}
