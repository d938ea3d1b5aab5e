import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import components from 'unplugin-vue-components/vite'
import { defineConfig } from 'vite'
import { driverServiceWorker } from './scripts/service-worker-plugin.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Three applications and one sign-in page, built into web/static and served from the root. */
export default defineConfig({
  root: here('.'),
  base: '/',
  plugins: [
    vue(),
    components({ dts: false, dirs: [], resolvers: [ElementPlusResolver({ importStyle: 'css' })] }),
    driverServiceWorker(),
  ],
  resolve: { alias: { '@': here('.') } },
  build: {
    outDir: here('../static'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: {
        console: here('console/index.html'),
        driver: here('driver/index.html'),
        portal: here('portal/index.html'),
        'sign-in': here('sign-in/index.html'),
      },
    },
  },
  server: { proxy: { '/api': { target: process.env.GONGCHE_URL ?? 'http://127.0.0.1:8080', ws: true } } },
})
