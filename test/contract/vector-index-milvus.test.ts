import { MilvusVectorIndex } from '../../src/infra/milvus/milvus-vector-index';
import { memoryWatermarks, milvusAddress } from '../fixtures/milvus';
import { suiteWhere } from '../fixtures/needs';
import { describeVectorIndex } from './vector-index.contract';

const address = milvusAddress('the contract of MilvusVectorIndex');

suiteWhere(address !== undefined)('with a Milvus at hand', () => {
  describeVectorIndex('MilvusVectorIndex', async () => {
    const watermarks = memoryWatermarks();
    const create = () => new MilvusVectorIndex({ address: address!, watermarks, namePrefix: 'likeness_test' });
    let index = create();
    return { index, reopen: async () => (index = create()), dispose: () => index.close() };
  });
});
