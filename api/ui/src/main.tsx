import "./styles.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { session } from "./api/client";
import { createQueryClient } from "./api/query";
import { accountQuery, setSignedOut } from "./auth/account";
import { LanguageProvider } from "./i18n";
import { router } from "./router";

const client = createQueryClient();

// Before the first sign-in there is no session whose end would have to be shown.
session.onEnd(() => {
  if (client.getQueryData(accountQuery.queryKey)) setSignedOut(client, "ended");
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
