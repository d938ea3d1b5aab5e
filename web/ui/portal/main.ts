import { createApp } from 'vue'
import '@/shared/base.css'
import './portal.css'
import { locale } from '@/shared/i18n'
import App from './App.vue'

document.documentElement.lang = locale.value
createApp(App).mount('#app')
