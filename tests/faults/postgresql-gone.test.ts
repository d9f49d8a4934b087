import { describeGone } from "./server-gone";

describeGone("postgres", "postgresql", "PostgreSQL");
