/**
 * A run is ended at every third of the places where it can be, at each of them by `npm run test:long`: the run that is
 * ended and the one that completes it, place after place, were a quarter of all that the tests computed.
 */
export const stride = process.env['EVERY_PLACE'] === '1' ? 1 : 3;

/** Those of the places, where they are known beforehand. */
export const strideOver = <Place>(places: readonly Place[]): Place[] =>
  places.filter((_, index) => index % stride === 0);
