import { createApp } from 'vue'
import '@/shared/base.css'
import './console.css'
import App from './App.vue'
import { locale } from '@/shared/i18n'

document.documentElement.lang = locale.value
createApp(App).mount('#app')
