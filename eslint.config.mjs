import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const ENVIRONMENT = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'src/config.ts is the only reader of the environment.',
};

const DATABASE = ':matches([object.name=/^(db|database)$/i], [object.property.name=/^(db|database)$/i])';
const SYSTEM = {
  selector: `MemberExpression[property.name='system']${DATABASE}`,
  message: 'What the system role does is a closed list: src/database/system.',
};
const TRANSACTIONS = {
  selector: `MemberExpression[property.name=/^(read|change|maintain)$/]${DATABASE}`,
  message: 'Transactions are opened in *.store.ts and in src/database.',
};
const SQL = {
  selector: "MemberExpression[object.name='tx'], MemberExpression[property.name=/^\\$(query|execute)Raw/]",
  message: 'SQL is written in *.store.ts and in src/database.',
};

export default tseslint.config(
  { ignores: ['**/dist/', 'node_modules/', 'coverage/', '.likeness/', '**/generated/'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parserOptions: { project: ['./tsconfig.json', './packages/admin/tsconfig.json'] } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    // type-graphql reads these classes at run time through decorator metadata: a type-only import would erase them.
    files: ['**/*.resolver.ts', '**/*.types.ts', '**/*.inputs.ts', 'src/graphql/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['src/**/*.ts', 'workers/**/*.ts', 'packages/**/*.{ts,tsx}'],
    ignores: ['src/config.ts', 'packages/cli/src/main.ts'],
    rules: {
      'no-restricted-syntax': ['error', ENVIRONMENT, SYSTEM, TRANSACTIONS, SQL],
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.store.ts'],
    rules: { 'no-restricted-syntax': ['error', ENVIRONMENT, SYSTEM] },
  },
  {
    files: ['src/database/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ENVIRONMENT] },
  },
  {
    files: ['src/main.ts', 'src/cli/**/*.ts', 'src/demo/**/*.ts', 'src/http/print-schema.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.js', '**/*.cjs', '**/*.mjs'],
    languageOptions: {
      globals: {
        module: 'writable',
        require: 'readonly',
        process: 'readonly',
        console: 'readonly',
        __dirname: 'readonly',
      },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
