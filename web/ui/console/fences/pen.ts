import type { Position } from 'geojson'
import type { MapLibreMap } from 'maplibre-gl'
import {
  TerraDraw, TerraDrawCircleMode, TerraDrawLineStringMode, TerraDrawModeUndoRedo, TerraDrawPolygonMode, TerraDrawSelectMode,
  TerraDrawSessionUndoRedo, type GeoJSONStoreFeatures,
} from 'terra-draw'
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter'
import { circleOf, circleRing, rounded, type Shape, type ShapeKind } from './shape'

const MODES = { circle: 'circle', polygon: 'polygon', corridor: 'linestring' } as const
const INK = '#b4261d'
const POINT = { draggable: true, midpoints: true, deletable: true }

/** Of a circle's many corners four are enough to take hold of. */
type Handle = { properties: Record<string, unknown> }
const HANDLE_EVERY = 16

function modes(kind: () => ShapeKind) {
  const handle = (wide: number) => ({ properties }: Handle): number => (kind() === 'circle' && Number(properties.index) % HANDLE_EVERY ? 0 : wide)
  const area = { fillColor: INK, fillOpacity: 0.12, outlineColor: INK, outlineWidth: 2 } as const
  // Escape is the page's: it leaves the drawing before it leaves the form.
  const keyEvents = { cancel: null, finish: 'Enter' }
  return [
    new TerraDrawCircleMode({ keyEvents, styles: area, projection: 'globe' }),
    new TerraDrawPolygonMode({ keyEvents, styles: { ...area, closingPointColor: INK } }),
    new TerraDrawLineStringMode({ keyEvents, styles: { lineStringColor: INK, lineStringWidth: 3, closingPointColor: INK } }),
    new TerraDrawSelectMode({
      // The library skips every nth step of a drag, and so may skip the last: a corner would stop short of where it was let go.
      keyEvents: null, allowManualDeselection: false, dragEventThrottle: Number.MAX_SAFE_INTEGER,
      flags: {
        polygon: { feature: { draggable: true, coordinates: POINT } },
        linestring: { feature: { draggable: true, coordinates: POINT } },
        circle: { feature: { draggable: true, coordinates: { resizable: 'center-fixed' } } },
      },
      styles: {
        selectedPolygonColor: INK, selectedPolygonFillOpacity: 0.12, selectedPolygonOutlineColor: INK, selectedPolygonOutlineWidth: 2,
        selectedLineStringColor: INK, selectedLineStringWidth: 3, selectionPointColor: '#ffffff', selectionPointOutlineColor: INK,
        selectionPointOutlineWidth: handle(2), selectionPointWidth: handle(6), midPointColor: INK, midPointOpacity: 0.6, midPointWidth: 4,
      },
    }),
  ]
}

/** One shape under a hand: drawn new, or taken up to be changed; every step can be undone. Call `stop` at the end. */
export class Pen {
  private readonly draw: TerraDraw
  private id: string | number | null = null
  private halfM = 50
  private kind: ShapeKind = 'polygon'

  /** `changed` hears of every step; null while nothing whole is drawn. */
  constructor(map: MapLibreMap, private readonly changed: (shape: Shape | null) => void) {
    this.draw = new TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 9 }), modes: modes(() => this.kind),
      undoRedo: { modeLevel: new TerraDrawModeUndoRedo(), sessionLevel: new TerraDrawSessionUndoRedo() },
    })
    this.draw.start()
    this.draw.on('finish', (id, { action }) => {
      if (action !== 'draw') return
      this.id = id
      // Its corners can be dragged from now on; not within the event that made it.
      queueMicrotask(() => { this.draw.selectFeature(id); this.tell() })
    })
    this.draw.on('change', () => { if (!this.drawing) this.tell() })
  }

  /** Whether a shape is begun and not yet closed. */
  get drawing(): boolean { return this.draw.getModeState() === 'drawing' }
  /** Whether a first point is waited for. */
  get waiting(): boolean { return this.draw.getMode() !== 'select' && !this.drawing }

  /** Begin a new shape; what was drawn before is gone. */
  begin(kind: ShapeKind): void {
    this.wipe()
    this.kind = kind
    this.draw.setMode(MODES[kind])
    this.changed(null)
  }

  /** Take up a shape, as the first state that undo comes back to. */
  take(shape: Shape): void {
    this.wipe()
    this.kind = shape.kind
    if (shape.kind === 'corridor') this.halfM = shape.halfM
    const id = this.draw.getFeatureId()
    const [answer] = this.draw.addFeatures([{ ...featureOf(shape), id } as GeoJSONStoreFeatures])
    if (!answer?.valid) throw new Error(`the shape cannot be taken up: ${answer?.reason ?? ''}`)
    this.id = id
    this.draw.setMode('select')
    this.draw.selectFeature(id)
    this.draw.clearUndoRedoHistory()
    this.tell()
  }

  /** A number was typed instead of drawn. */
  resize(radiusM: number): void {
    const shape = this.shape()
    if (shape?.kind === 'corridor') { this.halfM = radiusM; this.tell() }
    if (shape?.kind === 'circle' && this.id !== null) this.draw.updateFeatureGeometry(this.id, { type: 'Polygon', coordinates: [circleRing(shape.center, radiusM)] })
  }

  undo(): boolean { return this.step(() => this.draw.undo()) }
  redo(): boolean { return this.step(() => this.draw.redo()) }

  /** Give up a shape that is begun; true where there was one. */
  cancel(): boolean {
    if (!this.drawing) return false
    this.begin(this.kind)
    return true
  }

  stop(): void { this.draw.stop() }

  private wipe(): void {
    if (this.draw.getMode() !== 'static') this.draw.setMode('static')
    this.draw.clear()
    this.draw.clearUndoRedoHistory()
    this.id = null
  }

  private step(way: () => boolean): boolean {
    const done = way()
    if (this.id !== null && !this.draw.hasFeature(this.id)) this.id = null
    if (this.id === null && !this.drawing) this.id = this.draw.getSnapshot().find((one) => one.properties.mode === MODES[this.kind])?.id ?? null
    if (this.id === null && this.draw.getMode() === 'select') this.draw.setMode(MODES[this.kind])
    // What a step brought back is taken up again, or its corners could not be dragged.
    if (this.id !== null && !this.drawing) { this.draw.setMode('select'); this.draw.selectFeature(this.id) }
    this.tell()
    return done
  }

  private tell(): void { this.changed(this.shape()) }

  private shape(): Shape | null {
    const one = this.id === null ? undefined : this.draw.getSnapshotFeature(this.id)
    if (!one) return null
    if (one.geometry.type === 'LineString') return { kind: 'corridor', line: one.geometry.coordinates.map(rounded), halfM: this.halfM }
    if (one.geometry.type !== 'Polygon') return null
    const ring = one.geometry.coordinates[0] ?? []
    return this.kind === 'circle' ? { kind: 'circle', ...circleOf(ring) } : { kind: 'polygon', ring: ring.slice(0, -1).map(rounded) }
  }
}

function featureOf(shape: Shape): object {
  const feature = (geometry: object, mode: string, more: object = {}): object => ({ type: 'Feature', properties: { mode, ...more }, geometry })
  if (shape.kind === 'corridor') return feature({ type: 'LineString', coordinates: shape.line }, 'linestring')
  if (shape.kind === 'circle') return feature({ type: 'Polygon', coordinates: [circleRing(shape.center, shape.radiusM)] }, 'circle', { radiusKilometers: shape.radiusM / 1000 })
  return feature({ type: 'Polygon', coordinates: [[...shape.ring, shape.ring[0] as Position]] }, 'polygon')
}
