import {
  CreateTenantDocument,
  DeleteTenantDocument,
  SuspendTenantDocument,
  TenantsDocument,
  UpdateTenantDocument,
  type TenantFieldsFragment,
} from '@likeness/client';
import { Badge, Button, Group, Modal, Paper, Text, TextInput, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { EditForm } from '../parts/edit-form.tsx';
import { Confirm, type Question } from '../parts/confirm.tsx';
import { Icon } from '../parts/icons.tsx';
import { LimitFields } from '../parts/limit-fields.tsx';
import { SecretDialog } from '../parts/secret-dialog.tsx';
import { Empty, Problem, ScreenHead, Waiting } from '../parts/states.tsx';
import { hrefOf } from '../pure/routes.ts';
import { changedLimits, typedOf, type TypedLimits } from '../pure/tenant-limits.ts';
import { day } from '../pure/words.ts';
import { sentenceOf, useSession } from '../session.tsx';

type Tenant = TenantFieldsFragment;

const STATES: Readonly<Record<Tenant['status'], { readonly word: string; readonly colour: string }>> = {
  ACTIVE: { word: 'Works', colour: 'teal' },
  SUSPENDED: { word: 'Suspended', colour: 'orange' },
  DELETING: { word: 'Being deleted', colour: 'red' },
};

/** The operator's screen: who uses this server. What they hold is theirs alone. */
export default function Tenants(): ReactElement {
  const { client } = useSession();
  const queries = useQueryClient();
  const tenants = useQuery({
    queryKey: ['tenants'],
    queryFn: async ({ signal }) => {
      const rows: Tenant[] = [];
      for await (const tenant of client.rows(TenantsDocument, { first: 200 }, (data) => data.tenants, { signal }))
        rows.push(tenant);
      return rows;
    },
  });
  const [edited, setEdited] = useState<Tenant | 'new' | null>(null);
  const [secret, setSecret] = useState<{ name: string; text: string } | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: ['tenants'] });
  const askSuspend = (tenant: Tenant): void =>
    setQuestion({
      title: `Suspend ${tenant.name}?`,
      text: 'All their keys are refused and their jobs stand still, until you resume them. Their data stays.',
      yes: 'Suspend',
      act: async () => {
        await client.request(SuspendTenantDocument, { input: { id: tenant.id } });
        await refresh();
      },
    });
  const askDelete = (tenant: Tenant): void =>
    setQuestion({
      title: `Delete ${tenant.name}?`,
      text: 'All their keys end now, and everything that they hold is removed: people, faces, images. There is no way back.',
      yes: 'Delete everything',
      isDangerous: true,
      typed: tenant.name,
      act: async () => {
        await client.request(DeleteTenantDocument, { input: { id: tenant.id } });
        await refresh();
      },
    });
  const resume = async (tenant: Tenant): Promise<void> => {
    try {
      await client.request(UpdateTenantDocument, { input: { id: tenant.id, status: 'ACTIVE' } });
      await refresh();
    } catch (error) {
      notifications.show({ color: 'red', message: sentenceOf(error) });
    }
  };
  if (tenants.error) return <Problem error={tenants.error} retry={() => void tenants.refetch()} />;
  if (!tenants.data) return <Waiting />;
  return (
    <>
      <ScreenHead
        title="Tenants"
        text="Each has people, keys and limits of its own, and sees nothing of the others. Neither do you."
      >
        <Button onClick={() => setEdited('new')} leftSection={<Icon name="plus" size={18} />}>
          New tenant
        </Button>
      </ScreenHead>
      {tenants.data.length === 0 ? (
        <Empty
          icon="tenants"
          title="Make the first tenant"
          action={<Button onClick={() => setEdited('new')}>Make a tenant</Button>}
        >
          A tenant is a team or a customer. You get its first key: sign in with that to add photographs and search.
        </Empty>
      ) : (
        <div className="cards">
          {tenants.data.map((tenant) => (
            <Paper key={tenant.id} withBorder radius="lg" p="md" component="article" aria-label={tenant.name}>
              <Group justify="space-between" wrap="nowrap">
                <Title order={2} size="h5" className="break">
                  {tenant.name}
                </Title>
                <Badge variant="light" color={STATES[tenant.status].colour} className="plain-badge">
                  {STATES[tenant.status].word}
                </Badge>
              </Group>
              <Text size="sm" c="dimmed" mt={4}>
                Since {day(tenant.createdAt)} · at most {limit(tenant.limits.maxPersons)} people,{' '}
                {limit(tenant.limits.maxFaces)} faces
              </Text>
              {tenant.status !== 'DELETING' && (
                <Group gap={6} mt="sm">
                  <Button size="xs" variant="default" component="a" href={hrefOf('keys', tenant.id)}>
                    Keys
                  </Button>
                  <Button
                    size="xs"
                    variant="default"
                    component="a"
                    href={hrefOf('usage', tenant.id, { name: tenant.name })}
                  >
                    Usage
                  </Button>
                  <Button size="xs" variant="default" onClick={() => setEdited(tenant)}>
                    Name and limits
                  </Button>
                  {tenant.status === 'ACTIVE' ? (
                    <Button size="xs" variant="subtle" color="gray" onClick={() => askSuspend(tenant)}>
                      Suspend
                    </Button>
                  ) : (
                    <Button size="xs" variant="light" onClick={() => void resume(tenant)}>
                      Resume
                    </Button>
                  )}
                  <Button size="xs" variant="subtle" color="red" onClick={() => askDelete(tenant)}>
                    Delete
                  </Button>
                </Group>
              )}
            </Paper>
          ))}
        </div>
      )}
      <Modal
        opened={edited !== null}
        onClose={() => setEdited(null)}
        title={edited === 'new' ? 'New tenant' : 'Name and limits'}
        centered
        size="lg"
      >
        {edited !== null && (
          <TenantForm
            tenant={edited === 'new' ? null : edited}
            close={() => setEdited(null)}
            done={(made) => {
              setEdited(null);
              if (made) setSecret(made);
              void refresh();
            }}
          />
        )}
      </Modal>
      <SecretDialog secret={secret} close={() => setSecret(null)} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

function limit(most: number | null | undefined): string {
  return most == null ? 'any number of' : most.toLocaleString('en');
}

function TenantForm(props: {
  readonly tenant: Tenant | null;
  readonly close: () => void;
  readonly done: (made?: { name: string; text: string }) => void;
}): ReactElement {
  const { client } = useSession();
  const { tenant } = props;
  const [name, setName] = useState(tenant?.name ?? '');
  const [typed, setTyped] = useState<TypedLimits>(() => typedOf(tenant?.limits));
  const save = async (): Promise<void> => {
    if (tenant) {
      const limits = changedLimits(typed, tenant.limits);
      await client.request(UpdateTenantDocument, { input: { id: tenant.id, name: name.trim(), limits } });
      props.done();
    } else {
      const { createTenant } = await client.request(CreateTenantDocument, { input: { name: name.trim() } });
      props.done({ name: `First key of ${name.trim()}`, text: createTenant.secret });
    }
  };
  return (
    <EditForm save={save} cancel={props.close} canSave={name.trim() !== ''} label={tenant ? 'Save' : 'Make it'}>
      <TextInput
        label="Name"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={255}
        required
        data-autofocus
      />
      {tenant ? (
        <LimitFields typed={typed} type={(name, value) => setTyped({ ...typed, [name]: value })} />
      ) : (
        <Text size="sm" c="dimmed">
          It gets the usual limits; you can change them afterwards.
        </Text>
      )}
    </EditForm>
  );
}
