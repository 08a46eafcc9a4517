// Where the page begins: the token is taken out of the address, then the app is drawn and follows the run.
import { render } from 'preact';
import { App } from './app.tsx';
import { startLive } from './api/live.ts';
import { adoptToken } from './api/token.ts';

adoptToken();
startLive();
const root = document.querySelector('#app');
if (root !== null) render(<App />, root);
