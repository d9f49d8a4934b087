import { describeGone } from "./server-gone";

describeGone("mysql", "mariadb", "MariaDB");
