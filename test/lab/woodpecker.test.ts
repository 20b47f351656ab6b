import { describe, expect, it } from '@jest/globals';
import { woodpeckerContract, woodpeckerRepositoriesContract } from '../support/woodpecker-contract';

const { WOODPECKER_REPOSITORY: fullName, WOODPECKER_BRANCH: branch = 'main' } = process.env;
const { WOODPECKER_URL: url, WOODPECKER_TOKEN: token, WOODPECKER_REPOSITORY_ID: id } = process.env;
const isNamed = url !== undefined && token !== undefined;

if (isNamed)
  woodpeckerContract('a real server', () =>
    Promise.resolve({
      ...{ url, token },
      scopes: ['global', ...(id === undefined ? [] : [{ repositoryId: Number(id) }])],
      stop: () => Promise.resolve(),
    }),
  );
else
  console.warn('skipped, for WOODPECKER_URL and WOODPECKER_TOKEN name none: the contract on a real server');

if (isNamed && fullName !== undefined)
  woodpeckerRepositoriesContract('a real server', () =>
    Promise.resolve({ ...{ url, token, fullName, branch }, stop: () => Promise.resolve() }),
  );
else
  console.warn(
    'skipped, for WOODPECKER_REPOSITORY names none: the contract of repositories on a real server',
  );

const withoutServer = isNamed ? describe.skip : describe;
withoutServer('the contract of Woodpecker’s secrets', () => {
  it('is held to a server that is named by its address and a token, both', () => {
    expect([url, token]).toContain(undefined);
  });
});
