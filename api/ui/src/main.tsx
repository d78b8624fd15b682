import "./styles.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { session } from "./api/client";
import { createQueryClient } from "./api/query";
import { accountQuery } from "./auth/account";
import { LanguageProvider } from "./i18n";
import { router } from "./router";

const client = createQueryClient();

// Wherever the session's end is noticed, the page goes to the sign-in, and back again after it.
session.onEnd(() => {
  const wasSignedIn = Boolean(client.getQueryData(accountQuery.queryKey));
  client.setQueryData(accountQuery.queryKey, null);
  if (!wasSignedIn) return;
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== accountQuery.queryKey[0] });
  void router.navigate({ to: "/sign-in", search: { next: router.state.location.href, ended: true }, replace: true });
});

const page = document.getElementById("page");
if (page === null) throw new Error("index.html has no #page");
createRoot(page).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <LanguageProvider>
        <RouterProvider router={router} />
      </LanguageProvider>
    </QueryClientProvider>
  </StrictMode>,
);
