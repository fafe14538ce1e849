import { MilvusVectorIndex } from '../../src/infra/milvus/milvus-vector-index';
import { memoryWatermarks, milvusAddress } from '../fixtures/milvus';
import { describeVectorIndex } from './vector-index.contract';

const address = milvusAddress('the contract of MilvusVectorIndex');

if (address) {
  describeVectorIndex('MilvusVectorIndex', async () => {
    const watermarks = memoryWatermarks();
    const create = () => new MilvusVectorIndex({ address, watermarks, namePrefix: 'likeness_test' });
    let index = create();
    return { index, reopen: async () => (index = create()), dispose: () => index.close() };
  });
} else {
  test.skip('MilvusVectorIndex as a VectorIndex', () => undefined);
}
