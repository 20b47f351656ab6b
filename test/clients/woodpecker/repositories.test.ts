import { FakeWoodpecker } from '../../support/fake-woodpecker';
import { woodpeckerRepositoriesContract } from '../../support/woodpecker-contract';

woodpeckerRepositoriesContract('the fake', async () => {
  const fake = await new FakeWoodpecker().start();
  fake.projects.push({
    ...{ id: 17, fullName: 'owner/app', remoteId: '4', active: true, allowDeploy: false },
    builds: [{ number: 1, commit: 'a'.repeat(40), status: 'failure' }],
  });
  return {
    ...{ url: fake.url, token: fake.token, fullName: 'owner/app', branch: 'main' },
    stop: () => fake.stop(),
  };
});
