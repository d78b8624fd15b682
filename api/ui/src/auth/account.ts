import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { unwrap, api, unwrapEmpty, type Schemas, session } from "../api/client";
import { Problem } from "../api/problem";

export type User = Schemas["User"];

/** The signed-in user; null if there is none. */
export const accountQuery = queryOptions({
  queryKey: ["account"],
  staleTime: Infinity,
  queryFn: async (): Promise<User | null> => {
    try {
      const user = await unwrap(api.GET("/api/auth/me"));
      session.resume();
      return user;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return null;
      throw error;
    }
  },
});

export function useAccount() {
  return useQuery(accountQuery);
}

/** Whether the user signed out or the session ended. */
export type SignOutReason = "signed-out" | "ended";

const signOutReasonKey = ["account", "sign-out-reason"];

export function useSignOutReason(): SignOutReason | undefined {
  return useQueryClient().getQueryData<SignOutReason>(signOutReasonKey);
}

/** Removes everything that belongs to an account: another user may sign in next. */
function clearAccountData(client: QueryClient): void {
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== accountQuery.queryKey[0] });
}

export function setSignedOut(client: QueryClient, reason: SignOutReason): void {
  client.setQueryData(signOutReasonKey, reason);
  client.setQueryData(accountQuery.queryKey, null);
  clearAccountData(client);
}

function useSetSignedIn() {
  const client = useQueryClient();
  return (signedIn: Schemas["SignedInAnswer"]) => {
    session.start(signedIn.expiresIn);
    client.removeQueries({ queryKey: signOutReasonKey });
    clearAccountData(client);
    client.setQueryData(accountQuery.queryKey, signedIn.user);
  };
}

export function useSignIn() {
  const onSuccess = useSetSignedIn();
  return useMutation({
    mutationFn: (body: Schemas["Credentials"]) => unwrap(api.POST("/api/auth/login", { body })),
    onSuccess,
  });
}

export function useSignUp() {
  const onSuccess = useSetSignedIn();
  return useMutation({
    mutationFn: (body: Schemas["Registration"]) => unwrap(api.POST("/api/auth/register", { body })),
    onSuccess,
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      try {
        await unwrapEmpty(api.POST("/api/auth/logout"));
      } catch (error) {
        if (!(error instanceof Problem && error.status === 401)) throw error;
      }
    },
    onSuccess: () => {
      session.end();
      setSignedOut(client, "signed-out");
    },
  });
}
