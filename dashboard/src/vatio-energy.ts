/** The dashboards load this file by its fixed name; everything that it imports carries a hash. */
import "./elements/vatio-energy";
