import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
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

function useSignedIn() {
  const client = useQueryClient();
  return (answer: Schemas["SignedInAnswer"]) => {
    session.began(answer.expiresIn);
    // What another account left here must not be seen.
    client.clear();
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
      client.setQueryData(accountQuery.queryKey, null);
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== accountQuery.queryKey[0] });
    },
  });
}
