import type { FeatureCollection } from 'geojson'
import type { GeoJSONSource, MapLibreMap } from 'maplibre-gl'
import { COLOUR, type Draft, type Kind, type Problem } from './model'
import { drawn, widthAtZoom0 } from './shape'

const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] }
/** A line that is as wide on the map as it is on the ground. */
const GROUND_WIDTH = ['interpolate', ['exponential', 2], ['zoom'], 0, ['get', 'width'], 24, ['*', ['get', 'width'], 2 ** 24]] as never

/** What the map shows of fences: `id` -1 is the one under a hand or in a preview. */
export interface Shown { id: number; kind: Kind; name: string; shape: Draft['shape']; radius_m: number | null; dim: boolean }

export function collect(fences: readonly Shown[]): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: fences.map(({ id, kind, name, shape, radius_m, dim }) => ({
      type: 'Feature', id, geometry: drawn(shape, radius_m),
      properties: { id, name, dim, colour: COLOUR[kind], width: shape.type === 'LineString' ? widthAtZoom0(shape.coordinates, radius_m ?? 50) : 0 },
    })),
  }
}

/** Put the layers of fences under the names of places; call once the style is there. */
export function addFenceLayers(map: MapLibreMap): void {
  map.addSource('fences', { type: 'geojson', data: EMPTY })
  map.addSource('problems', { type: 'geojson', data: EMPTY })
  const area = ['!=', ['geometry-type'], 'LineString'] as never
  const line = ['==', ['geometry-type'], 'LineString'] as never
  const chosen = ['boolean', ['feature-state', 'chosen'], false]
  const faint = (strong: number, weak: number): never => ['case', chosen, strong * 1.6, ['get', 'dim'], weak, strong] as never
  map.addLayer({ id: 'fence-area', type: 'fill', source: 'fences', filter: area, paint: { 'fill-color': ['get', 'colour'], 'fill-opacity': faint(0.14, 0.05) } }, 'town-name')
  map.addLayer({ id: 'fence-way', type: 'line', source: 'fences', filter: line, layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': ['get', 'colour'], 'line-opacity': faint(0.22, 0.08), 'line-width': GROUND_WIDTH } }, 'town-name')
  map.addLayer({ id: 'fence-rim', type: 'line', source: 'fences', paint: { 'line-color': ['get', 'colour'], 'line-width': ['case', chosen, 3, 1.5] as never, 'line-opacity': ['case', ['get', 'dim'], 0.4, 1] } }, 'town-name')
  map.addLayer({ id: 'fence-name', type: 'symbol', source: 'fences', minzoom: 9, layout: { 'text-field': ['get', 'name'], 'text-size': 12, 'text-anchor': 'bottom', 'text-offset': [0, -0.4] }, paint: { 'text-color': ['get', 'colour'], 'text-halo-color': '#fff', 'text-halo-width': 1.5 } })
  map.addLayer({ id: 'problem', type: 'circle', source: 'problems', paint: { 'circle-radius': 9, 'circle-color': '#ffd25e', 'circle-opacity': 0.7, 'circle-stroke-color': '#b4261d', 'circle-stroke-width': 3 } })
}

export const showFences = (map: MapLibreMap | null, fences: readonly Shown[]): void => { map?.getSource<GeoJSONSource>('fences')?.setData(collect(fences)) }

/** Where the shape is wrong. */
export function showProblems(map: MapLibreMap | null, problems: readonly Problem[]): void {
  const features = problems.flatMap(({ lon, lat, message }) => (lon === null || lat === null ? [] : [{ type: 'Feature' as const, properties: { message }, geometry: { type: 'Point' as const, coordinates: [lon, lat] } }]))
  map?.getSource<GeoJSONSource>('problems')?.setData({ type: 'FeatureCollection', features })
}
