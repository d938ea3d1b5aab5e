import { AttributionControl, MapLibreMap, NavigationControl, ScaleControl, setWorkerUrl } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'
import 'maplibre-gl/dist/maplibre-gl.css'
import type { Position } from 'geojson'
import { t } from '../text'
import { FONTS, boundsOf, readBasemap, styleOf } from './style'

/** Whether this browser can draw the map at all. */
export const canDraw = (): boolean => document.createElement('canvas').getContext('webgl2') !== null

/** A calm map of the city in a box: north up, with scale and attribution; `alive` false: the box is gone meanwhile. */
export async function openMap(container: HTMLElement, alive: () => boolean): Promise<MapLibreMap | null> {
  setWorkerUrl(new URL(workerUrl, location.href).href)
  const base = await readBasemap()
  if (!alive()) return null
  const map = new MapLibreMap({
    container, style: styleOf(base), bounds: boundsOf(base.counties), fitBoundsOptions: { padding: 18 },
    minZoom: 6, maxZoom: 17, dragRotate: false, pitchWithRotate: false, attributionControl: false,
    localIdeographFontFamily: FONTS, fadeDuration: 0,
  })
  map.touchZoomRotate.disableRotation()
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right')
  map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left')
  map.addControl(new AttributionControl({ compact: false, customAttribution: `${t('map.schematic')} · © GeoNames (CC BY 4.0)` }), 'bottom-right')
  return map
}

/** The box around positions; null for none. */
export function boxOf(points: readonly Position[]): [number, number, number, number] | null {
  if (!points.length) return null
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const [lon = 0, lat = 0] of points) {
    box[0] = Math.min(box[0], lon); box[1] = Math.min(box[1], lat)
    box[2] = Math.max(box[2], lon); box[3] = Math.max(box[3], lat)
  }
  return box
}
/** Bring positions into sight, without an animation that would hide where they are. */
export function fitTo(map: MapLibreMap | null, points: readonly Position[], maxZoom = 12): void {
  const box = boxOf(points)
  if (map && box) map.fitBounds(box, { padding: 70, maxZoom, duration: 0 })
}
