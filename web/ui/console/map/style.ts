import type { FeatureCollection, LineString, Point, Polygon } from 'geojson'
import type { StyleSpecification } from 'maplibre-gl'

interface Roads {
  nodes: Record<string, { kind: string; name: string; name_zh?: string; lon: number; lat: number }>
  edges: { a: string; b: string; kind: string; toll: boolean }[]
}
export type Counties = FeatureCollection<Polygon, { adcode: number; name: string }>
export interface Basemap { counties: Counties; roads: FeatureCollection<LineString>; towns: FeatureCollection<Point>; names: FeatureCollection<Point> }

const point = (lon: number, lat: number, properties: object) =>
  ({ type: 'Feature' as const, properties, geometry: { type: 'Point' as const, coordinates: [lon, lat] } })

/** Read the schematic that comes with the product; nothing is fetched from elsewhere. */
export async function readBasemap(): Promise<Basemap> {
  const [counties, graph] = await Promise.all([
    fetch('/basemap/counties.geojson').then((answer) => answer.json() as Promise<Counties>),
    fetch('/basemap/roads.json').then((answer) => answer.json() as Promise<Roads>),
  ])
  const place = (id: string): [number, number] => [graph.nodes[id]?.lon ?? 0, graph.nodes[id]?.lat ?? 0]
  const nodes = Object.entries(graph.nodes)
  const seats = new Map(nodes.filter(([, node]) => node.kind === 'seat').map(([id, node]) => [Number(id), node]))
  return {
    counties,
    roads: {
      type: 'FeatureCollection',
      features: graph.edges.map(({ a, b, kind, toll }) => ({
        type: 'Feature', properties: { kind, toll }, geometry: { type: 'LineString', coordinates: [place(a), place(b)] },
      })),
    },
    towns: {
      type: 'FeatureCollection',
      features: nodes.filter(([, node]) => node.kind !== 'seat').map(([, node]) => point(node.lon, node.lat, { name: node.name_zh ?? node.name })),
    },
    names: {
      type: 'FeatureCollection',
      features: counties.features.flatMap(({ properties: { adcode, name } }) => {
        const seat = seats.get(adcode)
        return seat ? [point(seat.lon, seat.lat, { name })] : []
      }),
    },
  }
}

export const FONTS = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Source Han Sans SC","WenQuanYi Micro Hei",sans-serif'
const NOTHING: FeatureCollection = { type: 'FeatureCollection', features: [] }

/** A calm map: pale counties, grey roads; the cars are what has colour. */
export function styleOf(base: Basemap): StyleSpecification {
  return {
    version: 8,
    sources: {
      counties: { type: 'geojson', data: base.counties },
      roads: { type: 'geojson', data: base.roads },
      towns: { type: 'geojson', data: base.towns },
      names: { type: 'geojson', data: base.names },
      track: { type: 'geojson', data: NOTHING },
      route: { type: 'geojson', data: NOTHING },
      alarms: { type: 'geojson', data: NOTHING },
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': '#e3e9f0' } },
      { id: 'county', type: 'fill', source: 'counties', paint: { 'fill-color': '#f8fafc' } },
      { id: 'road', type: 'line', source: 'roads', layout: { 'line-cap': 'round', 'line-join': 'round' },
        paint: { 'line-color': ['case', ['get', 'toll'], '#e6c07a', '#ccd5e0'], 'line-width': ['interpolate', ['linear'], ['zoom'], 7, ['case', ['get', 'toll'], 1.6, 0.8], 12, ['case', ['get', 'toll'], 5, 3]] } },
      { id: 'border', type: 'line', source: 'counties', paint: { 'line-color': '#8da2ba', 'line-width': 1.2, 'line-dasharray': [4, 2] } },
      { id: 'town-dot', type: 'circle', source: 'towns', minzoom: 8.6, paint: { 'circle-radius': 2, 'circle-color': '#9aa9ba' } },
      { id: 'track', type: 'line', source: 'track', layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': '#7b3fb3', 'line-width': 3, 'line-opacity': 0.75 } },
      { id: 'route', type: 'line', source: 'route', filter: ['==', ['geometry-type'], 'LineString'], paint: { 'line-color': '#b4261d', 'line-width': 2, 'line-dasharray': [2, 2] } },
      { id: 'route-end', type: 'circle', source: 'route', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 6, 'circle-color': '#fff', 'circle-stroke-color': '#b4261d', 'circle-stroke-width': 3 } },
      { id: 'alarm', type: 'circle', source: 'alarms', paint: { 'circle-radius': 17, 'circle-color': ['case', ['>=', ['get', 'severity'], 3], '#b4261d', '#ffd25e'], 'circle-opacity': 0.22, 'circle-stroke-width': 2.5, 'circle-stroke-color': ['case', ['>=', ['get', 'severity'], 3], '#b4261d', '#c27803'] } },
      { id: 'town-name', type: 'symbol', source: 'towns', minzoom: 9.4,
        layout: { 'text-field': ['get', 'name'], 'text-size': 11, 'text-offset': [0, 0.9], 'text-anchor': 'top' }, paint: { 'text-color': '#66758a', 'text-halo-color': '#fff', 'text-halo-width': 1.2 } },
      { id: 'county-name', type: 'symbol', source: 'names',
        layout: { 'text-field': ['get', 'name'], 'text-size': 15, 'text-offset': [0, -1.2], 'text-allow-overlap': true }, paint: { 'text-color': '#33475e', 'text-halo-color': '#fff', 'text-halo-width': 1.8 } },
    ],
  }
}

/** The smallest box around all counties: west, south, east, north. */
export function boundsOf(counties: Counties): [number, number, number, number] {
  const points = counties.features.flatMap((feature) => feature.geometry.coordinates.flat())
  const lon = points.map((p) => p[0] ?? 0)
  const lat = points.map((p) => p[1] ?? 0)
  return [Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)]
}
