import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, done, type Schemas, session } from "../api/client";
import { Problem } from "../api/problem";

export type User = Schemas["User"];

/** Who is signed in; null where nobody is. */
export const accountQuery = queryOptions({
  queryKey: ["account"],
  staleTime: Infinity,
  queryFn: async (): Promise<User | null> => {
    try {
      const user = await answer(api.GET("/api/auth/me"));
      session.found();
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

/** Why nobody is signed in, where that is known: they left, or their session ended under them. */
export type Farewell = "left" | "ended";

const farewellKey = ["account", "farewell"];

export function useFarewell(): Farewell | undefined {
  return useQueryClient().getQueryData<Farewell>(farewellKey);
}

/** Forgets everything that belongs to one account: the next person here may be another. */
function forget(client: QueryClient): void {
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== accountQuery.queryKey[0] });
}

/** Takes note that nobody is signed in any more. */
export function signedOut(client: QueryClient, farewell: Farewell): void {
  client.setQueryData(farewellKey, farewell);
  client.setQueryData(accountQuery.queryKey, null);
  forget(client);
}

function useSignedIn() {
  const client = useQueryClient();
  return (answer: Schemas["SignedInAnswer"]) => {
    session.began(answer.expiresIn);
    client.removeQueries({ queryKey: farewellKey });
    forget(client);
    client.setQueryData(accountQuery.queryKey, answer.user);
  };
}

export function useSignIn() {
  const onSuccess = useSignedIn();
  return useMutation({
    mutationFn: (body: Schemas["Credentials"]) => answer(api.POST("/api/auth/login", { body })),
    onSuccess,
  });
}

export function useSignUp() {
  const onSuccess = useSignedIn();
  return useMutation({
    mutationFn: (body: Schemas["Registration"]) => answer(api.POST("/api/auth/register", { body })),
    onSuccess,
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      try {
        await done(api.POST("/api/auth/logout"));
      } catch (error) {
        // A session that is over already is what was asked for.
        if (!(error instanceof Problem && error.status === 401)) throw error;
      }
    },
    onSuccess: () => {
      session.over();
      signedOut(client, "left");
    },
  });
}
