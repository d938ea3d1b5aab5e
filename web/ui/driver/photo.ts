const LONGEST_PX = 1600
const ENOUGH_BYTES = 200_000

/** A photo small enough for a village's network: at most 1600 px, JPEG, about 200 kB; no EXIF, so no hidden position. */
export async function smaller(file: Blob): Promise<Blob> {
  const image = await createImageBitmap(file)
  const shrink = Math.min(1, LONGEST_PX / Math.max(image.width, image.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(image.width * shrink)
  canvas.height = Math.round(image.height * shrink)
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  image.close()
  let best: Blob = file
  for (const quality of [0.8, 0.6, 0.4]) {
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', quality))
    if (blob) best = blob
    if (best.size <= ENOUGH_BYTES) break
  }
  return best
}
