/** Why a run must end before its work does: the reason with which its signal is aborted. */
export class Stopped extends Error {
  constructor(
    readonly by: 'signal' | 'deadline' | 'stall' | 'fault',
    message: string,
  ) {
    super(message);
    this.name = 'Stopped';
  }
}
